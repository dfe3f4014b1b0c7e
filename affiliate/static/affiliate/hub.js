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
