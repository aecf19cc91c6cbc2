import { rampColour, type AnalysisName, type AnalysisTypes, type GroundTileInput, type StyleInput, type StyleOutput } from '#models';
import { loaderClient } from '../../loader/client.ts';
import { analysisClient } from '../client.ts';

declare global {
  interface Window {
    run: <Name extends AnalysisName>(name: Name, input: AnalysisTypes[Name]['input']) => Promise<AnalysisTypes[Name]['output']>;
    /** Paints one ground tile into the canvas; false where there is nothing. */
    paint: (input: GroundTileInput) => Promise<boolean>;
    /** Restyles `times` times with values for every id; milliseconds from asking to having the texture. */
    restyle: (features: string, ids: number, times: number) => Promise<number[]>;
    load: (url: string, options: { root: string; headers?: Record<string, string>; allow?: string[] }) => Promise<string>;
  }
}

const pool = analysisClient({ size: 1 });
window.run = (name, input) => pool.run(name, input);

window.paint = async (input) => {
  const { bitmap } = await window.run('ground-tile', input);
  const context = document.querySelector('canvas')!.getContext('2d')!;
  context.clearRect(0, 0, 256, 256);
  if (bitmap) context.drawImage(bitmap, 0, 0, 256, 256);
  return bitmap !== null;
};

window.restyle = async (features, count, times) => {
  const ids = Array.from({ length: count }, (_, i) => `building-${i}`);
  const out: number[] = [];
  for (let i = 0; i < times; i++) {
    const values = Float32Array.from(ids, (_, k) => (k + i) % 100);
    const input: StyleInput = { features, filter: [], rule: { by: 'join', key: 'load', strength: 1, ramp: { from: 0, to: 99, scheme: 'viridis' } }, joined: { ids, values } };
    const started = performance.now();
    const { texture } = await pool.run<StyleInput, StyleOutput>('style', input, { transfer: [values.buffer] });
    out.push(performance.now() - started);
    const first = `#${[...texture.data.subarray(0, 3)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
    if (first !== rampColour('viridis', (i % 100) / 99)) throw new Error(`a stale texture: ${first}`);
  }
  return out;
};

window.load = async (url, { allow, ...options }) => {
  const loader = loaderClient({ allow });
  try {
    return `loaded ${(await loader.load(url, { kind: 'content', ...options })).byteLength}`;
  } catch (error) {
    return `${(error as { code: string }).code}: ${(error as Error).message}`;
  } finally {
    loader.dispose();
  }
};
