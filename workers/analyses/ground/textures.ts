type Context = OffscreenCanvasRenderingContext2D;

/** A steady sequence of numbers 0 … 1. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Draws a blob nine times, so that the picture repeats without a seam. */
function wrapped(size: number, x: number, y: number, draw: (x: number, y: number) => void): void {
  for (const dx of [-size, 0, size]) for (const dy of [-size, 0, size]) draw(x + dx, y + dy);
}

function picture(size: number, paint: (context: Context) => void): OffscreenCanvas {
  const canvas = new OffscreenCanvas(size, size);
  paint(canvas.getContext('2d')!);
  return canvas;
}

/** Tree crowns as soft discs with a lit side; `radius` in pixels. */
export function canopy(colours: readonly string[], radius: number, share: number): OffscreenCanvas {
  const size = 256;
  const next = sequence(11);
  return picture(size, (context) => {
    const crowns = Math.round((share * size * size) / (Math.PI * radius * radius));
    for (let i = 0; i < crowns; i++) {
      const [x, y, r] = [next() * size, next() * size, radius * (0.6 + 0.7 * next())];
      const colour = colours[Math.floor(next() * colours.length)];
      wrapped(size, x, y, (cx, cy) => {
        context.globalAlpha = 0.22;
        context.fillStyle = '#30402c';
        context.beginPath();
        context.arc(cx + r * 0.3, cy + r * 0.35, r, 0, 2 * Math.PI);
        context.fill();
        context.globalAlpha = 0.85;
        context.fillStyle = colour;
        context.beginPath();
        context.arc(cx, cy, r, 0, 2 * Math.PI);
        context.fill();
        context.globalAlpha = 0.18;
        context.fillStyle = '#ffffff';
        context.beginPath();
        context.arc(cx - r * 0.25, cy - r * 0.3, r * 0.5, 0, 2 * Math.PI);
        context.fill();
      });
    }
  });
}

/** Furrows: lines `step` pixels apart (a divisor of 256), at a slope that repeats. */
export function furrows(colour: string, step: number): OffscreenCanvas {
  const size = 256;
  return picture(size, (context) => {
    context.strokeStyle = colour;
    context.lineWidth = Math.max(0.7, step * 0.2);
    for (let at = -size; at <= 2 * size; at += step) {
      context.beginPath();
      context.moveTo(at, 0);
      context.lineTo(at + size, size);
      context.stroke();
    }
  });
}

/** Paper: single pixels a little lighter or darker. */
export function grain(): OffscreenCanvas {
  const size = 256;
  const next = sequence(5);
  return picture(size, (context) => {
    const pixels = context.createImageData(size, size);
    for (let i = 0; i < size * size; i++) {
      const value = (next() + next() + next()) / 3;
      pixels.data[4 * i] = pixels.data[4 * i + 1] = pixels.data[4 * i + 2] = value > 0.5 ? 255 : 0;
      pixels.data[4 * i + 3] = Math.abs(value - 0.5) * 510;
    }
    context.putImageData(pixels, 0, 0);
  });
}
