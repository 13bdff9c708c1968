// Keeps a box at its end while its reader is there. Only moving up lets go; what is added never does.

const NEAR = 48; // px from the end that still count as there

export function stick(box) {
  let held = true;
  let top = 0;
  box.addEventListener("scroll", () => {
    const { scrollTop, clientHeight, scrollHeight } = box;
    if (scrollTop + clientHeight > scrollHeight - NEAR) held = true;
    else if (scrollTop < top) held = false;
    top = scrollTop;
  }, { passive: true });
  return () => {
    if (held) box.scrollTop = box.scrollHeight;
    top = box.scrollTop;
  };
}
