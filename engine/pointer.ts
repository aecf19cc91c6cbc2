/** How far (CSS pixels) and how long (ms) a press may last and still be a click. */
const STILL = 4;
const BRIEF = 600;

/** Calls back on clicks and taps that were not drags, in CSS pixels of the canvas. */
export function onClick(canvas: HTMLCanvasElement, click: (x: number, y: number) => void, signal: AbortSignal): void {
  let down: PointerEvent | null = null;
  canvas.addEventListener('pointerdown', (event) => {
    down = event.isPrimary && event.button === 0 ? event : null;
  }, { signal });
  canvas.addEventListener('pointerup', (event) => {
    const start = down;
    down = null;
    if (!start || event.timeStamp - start.timeStamp > BRIEF || Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) > STILL) return;
    const box = canvas.getBoundingClientRect();
    click(event.clientX - box.left, event.clientY - box.top);
  }, { signal });
}
