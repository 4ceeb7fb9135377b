// Lists that open over everything else, even over a modal dialog: in the browser's own top layer, beside their control.

export function place(popup, anchor) {
  const gap = 4;
  const box = anchor.getBoundingClientRect();
  const wide = Math.min(Math.max(box.width, 220), window.innerWidth - 2 * gap);
  const below = window.innerHeight - box.bottom - 2 * gap;
  const above = box.top - 2 * gap;
  const up = below < 180 && above > below;
  Object.assign(popup.style, {
    position: "fixed",
    margin: "0",
    right: "auto",
    minWidth: `${wide}px`,
    maxWidth: `${window.innerWidth - 2 * gap}px`,
    maxHeight: `${Math.min(320, up ? above : below)}px`,
    top: up ? "auto" : `${box.bottom + gap}px`,
    bottom: up ? `${window.innerHeight - box.top + gap}px` : "auto",
  });
  const reach = popup.getBoundingClientRect().width;
  popup.style.left = `${Math.max(gap, Math.min(box.left, window.innerWidth - reach - gap))}px`;
}

export function show(popup, anchor) {
  if (!popup.matches(":popover-open")) popup.showPopover();
  place(popup, anchor);
}

export function hide(popup) {
  if (popup?.matches(":popover-open")) popup.hidePopover();
}
