"use strict";

// A button with data-copy copies the text before it; one with data-unfold shows the rest of its list; the picker's input
// hides what does not match.
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

document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-unfold]");
    if (!button) {
        return;
    }
    for (const row of button.closest("ul").querySelectorAll("[data-folded]")) {
        row.hidden = false;
    }
    button.parentElement.remove();
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
    for (const group of document.querySelectorAll("[data-group]")) {
        group.hidden = !group.querySelector("[data-name]:not([hidden])");
    }
    document.querySelector("[data-none]").hidden = shown > 0;
});

document.addEventListener("keydown", (event) => {
    const cards = [...document.querySelectorAll("[data-name]:not([hidden])")];
    const at = cards.indexOf(document.activeElement);
    if (!cards.length || !(event.target.matches("[data-pick]") || at >= 0)) {
        return;
    }
    const step = {ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1}[event.key];
    const sideways = event.key === "ArrowLeft" || event.key === "ArrowRight";
    if (event.key === "Enter" && at < 0) {
        event.preventDefault();
        cards[0].click();
    } else if (step && !(sideways && at < 0)) {
        event.preventDefault();
        (cards[at + step] ?? (at + step < 0 ? document.querySelector("[data-pick]") : cards.at(-1))).focus();
    }
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

// The editor of a protocol's description asks, while somebody types, what is wrong and what would be sent.
document.addEventListener("DOMContentLoaded", () => {
    const text = document.querySelector("[data-draft]");
    const template = document.getElementById("draft");
    if (!text || !template) {
        return;
    }
    text.after(template.content.cloneNode(true));
    const panel = text.nextElementSibling;
    const part = (name) => panel.querySelector(`[data-${name}]`);
    let timer = 0;
    let asked = 0;
    const look = async () => {
        const mine = ++asked;
        const body = new FormData();
        body.append("csrfmiddlewaretoken", text.form.elements.csrfmiddlewaretoken.value);
        body.append("integration", panel.dataset.integration);
        body.append("description", text.value);
        body.append("base_url", text.form.elements.base_url?.value ?? "");
        body.append("answer", part("answer").value);
        body.append("code", part("code").value);
        try {
            const answer = await fetch(text.dataset.draft, {method: "POST", body});
            const told = answer.ok ? await answer.json() : null;
            if (told && mine === asked) {
                part("shown").innerHTML = told.html;
            }
        } catch {
            // The hub is being restarted: the next letter asks again.
        }
    };
    const soon = () => {
        clearTimeout(timer);
        timer = setTimeout(look, 400);
    };
    text.form.addEventListener("input", soon);
    panel.addEventListener("click", (event) => {
        const {example, sure, line} = event.target.dataset;
        if (example && (!text.value.trim() || confirm(sure))) {
            text.value = example;
            soon();
        }
        if (line) {
            const lines = text.value.split("\n");
            const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
            text.focus();
            text.setSelectionRange(start, start + lines[line - 1].length);
            text.scrollTop = text.scrollHeight * (line - 1) / lines.length - text.clientHeight / 2;
        }
    });
    look();
});

// An export is read here as it comes, to show how many rows are in and to let the person stop it.
document.addEventListener("click", async (event) => {
    const place = event.target.closest("[data-export]");
    const anchor = place && event.target.closest("a");
    if (!anchor) {
        return;
    }
    event.preventDefault();
    const told = place.querySelector("[role=status]");
    const stop = place.querySelector("[data-stop]");
    const ending = new AbortController();
    stop.onclick = () => ending.abort();
    anchor.hidden = true;
    stop.hidden = false;
    const parts = [];
    try {
        const answer = await fetch(anchor.href, { signal: ending.signal });
        if (!answer.ok) {
            throw new Error(answer.statusText);
        }
        // The first line names the columns.
        let rows = -1;
        const reader = answer.body.getReader();
        for (let part = await reader.read(); !part.done; part = await reader.read()) {
            parts.push(part.value);
            rows += part.value.reduce((count, byte) => count + (byte === 10), 0);
            told.textContent = `${told.dataset.rows} ${Math.max(rows, 0).toLocaleString(document.documentElement.lang)}`;
        }
        const name = /filename="(.+)"/.exec(answer.headers.get("Content-Disposition"))[1];
        const file = document.createElement("a");
        file.href = URL.createObjectURL(new Blob(parts, { type: "text/csv" }));
        file.download = name;
        file.click();
        URL.revokeObjectURL(file.href);
    } catch (error) {
        told.textContent = error.name === "AbortError" ? "" : told.dataset.broken;
    }
    anchor.hidden = false;
    stop.hidden = true;
});

// Codes that are pasted into a choice of countries are chosen; a text with anything else is looked for as if it were typed.
document.addEventListener("paste", (event) => {
    const select = event.target.closest(".select2")?.previousElementSibling;
    if (!select?.matches("[data-countries]")) {
        return;
    }
    const codes = event.clipboardData.getData("text").toUpperCase().split(/[\s,;]+/).filter(Boolean);
    const options = codes.map((code) => [...select.options].find((option) => option.value === code));
    if (codes.length && options.every(Boolean)) {
        event.preventDefault();
        for (const option of options) {
            option.selected = true;
        }
        select.dispatchEvent(new Event("change", { bubbles: true }));
    }
});

// On a phone each value of a list stands beside the name of its column, which the theme takes for a checkbox's in the first
// column of rows without a link.
document.addEventListener("DOMContentLoaded", () => {
    const names = [...document.querySelectorAll("#result_list thead th")].map((head) => head.textContent.trim().split(/\s*\n/)[0]);
    for (const row of document.querySelectorAll("#result_list .data-row")) {
        [...row.children].forEach((cell, number) => {
            const chooses = cell.querySelector(".action-select");
            const name = chooses || !(number in names) ? cell.dataset.label : names[number];
            cell.dataset.label = (name || "").replace(/^./u, (letter) => letter.toUpperCase());
        });
    }
});
