"""What a person needs to read and to use a page, looked for in the page itself."""

# A colour on its way to another is neither of them.
STILL = "*, ::before, ::after { transition: none !important; animation: none !important; }"
# Fields that nothing names: a reader of screens says only "edit". Without a label it reads the placeholder.
NAMELESS = """() => [...document.querySelectorAll("input, select, textarea")].filter((field) =>
    !["hidden", "submit", "button"].includes(field.type)
    && field.checkVisibility({visibilityProperty: true})
    && ![...(field.labels || [])].some((label) => label.textContent.trim())
    && !field.getAttribute("aria-label") && !field.title && !field.placeholder
    && !(field.getAttribute("aria-labelledby") || "").split(" ").some((id) => document.getElementById(id))
).map((field) => field.outerHTML.slice(0, 200))"""
# What looks the same with the keyboard's focus as without it; of elements dressed alike, one.
UNSEEN_FOCUS = """() => {
    const names = ["outline", "boxShadow", "borderColor", "backgroundColor", "color", "textDecorationLine"];
    const look = (element) => {
        const seen = [];
        for (let one = element, level = 0; one && level < 4; one = one.parentElement, level++) {
            const style = getComputedStyle(one);
            const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
            seen.push(...names.map((name) => name === "outline" && !outlined ? "" : style[name]));
        }
        return seen.join();
    };
    const dressed = new Set(), found = [];
    for (const element of document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")) {
        const dress = `${element.tagName} ${element.type || ""} ${element.className}`;
        const skipped = element.disabled || element.type === "hidden" || element.tabIndex < 0 || dressed.has(dress);
        if (skipped || !element.checkVisibility({visibilityProperty: true, opacityProperty: true})) continue;
        dressed.add(dress);
        document.activeElement.blur();
        const before = look(element);
        element.focus({preventScroll: true, focusVisible: true});
        if (document.activeElement === element && look(element) === before) {
            found.push(element.outerHTML.slice(0, 200));
        }
    }
    document.activeElement.blur();
    return found;
}"""
# Texts of the hub's own parts whose contrast with what is behind them is below `least`; the browser mixes the colours.
PALE = """(least) => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    const paint = canvas.getContext("2d", {willReadFrequently: true});
    const mixed = (colours) => {
        paint.globalAlpha = 1;
        for (const [colour, alpha] of colours) {
            paint.globalAlpha = alpha;
            paint.fillStyle = colour;
            paint.fillRect(0, 0, 1, 1);
        }
        return [...paint.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const light = (colour) => {
        const [red, green, blue] = colour.map((part) => {
            const share = part / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const known = new Map(), found = new Set();
    for (const element of document.querySelectorAll("[class*='hub-'], [class*='hub-'] *")) {
        const words = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()).join(" ");
        if (!/[\\p{L}\\p{N}]/u.test(words) || element.closest("svg, [class*=material-symbols]") || element.matches(":disabled *, :disabled")) continue;
        if (!element.checkVisibility({visibilityProperty: true, opacityProperty: true})) continue;
        const grounds = [];
        let alpha = 1;
        for (let one = element; one; one = one.parentElement) {
            const style = getComputedStyle(one);
            grounds.unshift([style.backgroundColor, 1]);
            alpha *= parseFloat(style.opacity);
        }
        grounds.unshift([getComputedStyle(document.documentElement).colorScheme === "dark" ? "black" : "white", 1]);
        const text = [getComputedStyle(element).color, alpha];
        const key = JSON.stringify([grounds, text]);
        if (!known.has(key)) {
            const behind = light(mixed(grounds)), before = light(mixed([...grounds, text]));
            known.set(key, (Math.max(behind, before) + 0.05) / (Math.min(behind, before) + 0.05));
        }
        if (known.get(key) < least) {
            found.add(`${known.get(key).toFixed(2)} ${element.className || element.parentElement.className}: ${words.slice(0, 60)}`);
        }
    }
    return [...found];
}"""
