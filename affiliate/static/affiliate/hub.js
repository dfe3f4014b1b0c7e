"use strict";

// A button with data-copy copies the text before it; the picker's input hides what does not match.
document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) {
        return;
    }
    const source = button.previousElementSibling;
    try {
        await navigator.clipboard.writeText(source.textContent);
        const before = button.textContent;
        button.textContent = button.dataset.copy;
        setTimeout(() => { button.textContent = before; }, 1500);
    } catch {
        // Without HTTPS a page may not write to the clipboard: the text is selected for the person to copy.
        window.getSelection().selectAllChildren(source);
    }
});

document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-pick]")) {
        return;
    }
    const wanted = event.target.value.trim().toLowerCase();
    let shown = 0;
    for (const card of document.querySelectorAll("[data-name]")) {
        card.hidden = !card.dataset.name.includes(wanted);
        shown += card.hidden ? 0 : 1;
    }
    document.querySelector("[data-none]").hidden = shown > 0;
});

// An element with data-follow shows what that address tells, until it says that there is no more to come.
document.addEventListener("DOMContentLoaded", () => {
    const shown = document.querySelector("[data-follow]");
    let pause = 700;
    const look = async () => {
        if (document.hidden) {
            setTimeout(look, pause);
            return;
        }
        try {
            const answer = await fetch(shown.dataset.follow);
            const state = answer.ok ? await answer.json() : null;
            if (state && shown.dataset.last !== state.html) {
                const focused = shown.contains(document.activeElement) ? document.activeElement.id : "";
                shown.innerHTML = shown.dataset.last = state.html;
                document.getElementById(focused)?.focus();
            }
            pause = state?.pause ?? pause;
            if (state?.done || answer.status === 403 || answer.status === 404) {
                return;
            }
        } catch {
            // The hub is being restarted: ask again.
        }
        pause = Math.min(pause * 1.2, 5000);
        setTimeout(look, pause);
    };
    if (shown) {
        setTimeout(look, pause);
    }
});

// A form with data-wait says what is going on while its answer is awaited, and is sent once.
document.addEventListener("submit", (event) => {
    const words = event.target.dataset.wait;
    const button = event.target.querySelector("[type=submit]");
    if (words && button) {
        button.disabled = true;
        button.textContent = words;
    }
});
window.addEventListener("pageshow", (event) => {
    // A page that the browser kept shows the button as it was left.
    if (event.persisted && document.querySelector("[data-wait]")) {
        location.reload();
    }
});
