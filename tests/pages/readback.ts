import { buildModuleUrl, Cartesian3, Cesium3DTileset, HeadingPitchRange, Scene } from '@cesium/engine';

/** One row of a leaf, as Cesium reads it. */
interface Row { feature: number; id: string; height: number; base: number; storeys: number; use: string; name: string; address: string }
interface Leaf { children: unknown[]; content: { featuresLength: number; getFeature(index: number): { getProperty(name: string): unknown } } }

const columns = ['feature', 'id', 'height', 'base', 'storeys', 'use', 'name', 'address'] as const;

const none: Partial<Record<(typeof columns)[number], unknown>> = { base: 0, storeys: 0, use: 'unknown' };

/** Cesium alone, nothing of ours between it and the files: every leaf loaded, every property of every feature read. */
async function readBack(url: string): Promise<Row[]> {
  (buildModuleUrl as unknown as { setBaseUrl(url: string): void }).setBaseUrl(new URL('/citymirror-assets/cesium/', location.href).href);
  const canvas = document.querySelector<HTMLCanvasElement>('#view')!;
  const scene = new Scene({ canvas, contextOptions: { webgl: { antialias: false } }, msaaSamples: 1 } as unknown as ConstructorParameters<typeof Scene>[0]);
  const tileset = await Cesium3DTileset.fromUrl(url, { maximumScreenSpaceError: 0.01, cullRequestsWhileMoving: false, cacheBytes: 1e9 });
  scene.primitives.add(tileset);
  const rows = new Map<number, Row>();
  const failures: string[] = [];
  tileset.tileFailed.addEventListener((failure: { message: string }) => failures.push(failure.message));
  tileset.tileLoad.addEventListener((tile: unknown) => {
    const { children, content } = tile as Leaf;
    if (children.length > 0) return;
    for (let i = 0; i < content.featuresLength; i++) {
      const feature = content.getFeature(i);
      // A column that says nothing in a content is left out of it.
      const row = Object.fromEntries(columns.map((name) => [name, feature.getProperty(name) ?? none[name] ?? ''])) as unknown as Row;
      rows.set(row.feature, row);
    }
  });
  const { center, radius } = tileset.boundingSphere;
  const state = { loaded: false };
  tileset.allTilesLoaded.addEventListener(() => void (state.loaded = true));
  const end = performance.now() + 60_000;
  while (!state.loaded && performance.now() < end) {
    scene.camera.lookAt(Cartesian3.clone(center), new HeadingPitchRange(0, -1.2, radius * 2.5));
    (scene as unknown as { initializeFrame(): void }).initializeFrame();
    scene.render();
    await new Promise(requestAnimationFrame);
  }
  if (failures.length > 0 || !state.loaded) throw new Error(`not loaded: ${failures.join('; ')}`);
  scene.destroy();
  return [...rows.values()];
}

Object.assign(window, { readBack, ready: true });
