import { Camera, Color, Credit, Globe, Matrix4, Scene, type FrameState, type PrivateScene } from '@cesium/engine';
import type { BackendOptions } from '../../backend.ts';
import { GROUND_COLOUR } from '../../drawing/tile-look.ts';
import { TwinError } from '../../errors.ts';
import { WindowFrustum } from './camera.ts';
import { watchWorkers } from './workers.ts';

/** The elements a backend puts into its container, and Cesium's scene on them. */
export interface Mounted {
  readonly root: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly scene: Scene;
  readonly inner: PrivateScene;
  readonly frustum: WindowFrustum;
  destroy(): void;
}

/** Sets properties one by one: the only kind of inline style that `style-src 'self'` lets pass. */
function dress(element: HTMLElement, properties: Record<string, string>): void {
  for (const [name, value] of Object.entries(properties)) element.style.setProperty(name, value);
}

/**
 * Cesium writes credits (what foreign tilesets say of their origin) into an element and a style sheet beside it. They live in a shadow root whose sheet is
 * constructed, which a strict policy lets pass; the one Cesium makes is taken away before it takes effect.
 */
function makeCredits(): { host: HTMLElement; container: HTMLElement; viewport: HTMLElement; settle(): void } {
  const host = document.createElement('div');
  dress(host, { position: 'absolute', left: '8px', bottom: '4px', 'max-width': '60%', 'pointer-events': 'none' });
  const shadow = host.attachShadow({ mode: 'open' });
  const container = shadow.appendChild(document.createElement('div'));
  const viewport = document.createElement('div');
  return {
    host, container, viewport,
    settle() {
      for (const sheet of shadow.querySelectorAll('style')) sheet.remove();
      const sheet = new CSSStyleSheet();
      sheet.replaceSync('div { font: 11px/1.4 system-ui, sans-serif; color: #fff; opacity: .9; text-shadow: 0 0 3px #000, 0 0 2px #000 } a { color: inherit; pointer-events: auto } .cesium-credit-expand-link { display: none } img { max-height: 14px }');
      shadow.adoptedStyleSheets = [sheet];
    },
  };
}

function makeScene(canvas: HTMLCanvasElement, credits: ReturnType<typeof makeCredits>, economy: boolean): Scene {
  const options = {
    canvas, creditContainer: credits.container, creditViewport: credits.viewport,
    contextOptions: { webgl: { alpha: false, antialias: false, stencil: true, powerPreference: 'high-performance' as const } },
    scene3DOnly: true, orderIndependentTranslucency: false, requestRenderMode: true, maximumRenderTimeChange: undefined,
    msaaSamples: economy ? 1 : 4, shadows: false,
  };
  const before = Camera.DEFAULT_VIEW_FACTOR;
  const scene = new Scene(options as unknown as ConstructorParameters<typeof Scene>[0]);
  Camera.DEFAULT_VIEW_FACTOR = before;
  return scene;
}

/** Puts a canvas and a scene into the container. @throws TwinError `backend-unavailable` without WebGL 2 */
export function mount(options: BackendOptions): Mounted {
  const root = document.createElement('div');
  dress(root, { position: 'relative', width: '100%', height: '100%', overflow: 'hidden' });
  const canvas = document.createElement('canvas');
  dress(canvas, { display: 'block', position: 'absolute', inset: '0', width: '100%', height: '100%', 'touch-action': 'none', outline: 'none' });
  const credits = makeCredits();
  root.append(canvas);
  options.element.append(root);
  let scene: Scene;
  try {
    if (typeof WebGL2RenderingContext === 'undefined') throw new Error('no WebGL 2');
    scene = makeScene(canvas, credits, options.economy);
  } catch (cause) {
    root.remove();
    throw new TwinError('backend-unavailable', 'The globe view needs WebGL 2, which this browser or graphics card does not offer; lists, feeds and analyses work without it', { cause });
  }
  credits.settle();
  root.append(credits.host);
  const inner = scene as unknown as PrivateScene;
  if (!inner.context.webgl2) {
    scene.destroy();
    root.remove();
    throw new TwinError('backend-unavailable', 'The globe view needs WebGL 2, which this browser or graphics card does not offer; lists, feeds and analyses work without it');
  }
  plainCredit(inner.frameState);
  const endWorkers = watchWorkers();
  const frustum = prepare(scene);
  canvas.addEventListener('contextmenu', stop);
  return {
    root, canvas, scene, inner, frustum,
    destroy() {
      canvas.removeEventListener('contextmenu', stop);
      const gl = inner.context._gl;
      scene.destroy();
      gl.getExtension('WEBGL_lose_context')?.loseContext();
      canvas.width = canvas.height = 1;
      root.remove();
      endWorkers();
    },
  };
}

function stop(event: Event): void {
  event.preventDefault();
}

/** Cesium's own credit is a picture with an inline style, put back in each frame; a word says the same. */
function plainCredit({ creditDisplay }: FrameState): void {
  const credit = new Credit('CesiumJS', true);
  const begin = creditDisplay.beginFrame.bind(creditDisplay);
  creditDisplay.beginFrame = () => {
    begin();
    creditDisplay._currentCesiumCredit = credit;
  };
}

/** What of Cesium's world a city does not want: its sky, sun, moon, fog, water, gamma. */
function prepare(scene: Scene): WindowFrustum {
  const frustum = new WindowFrustum();
  frustum.near = 0.1;
  frustum.far = 1e10;
  scene.camera.frustum = frustum;
  scene.camera.constrainedAxis = undefined as never;
  scene.highDynamicRange = false;
  scene.fog.enabled = false;
  scene.useDepthPicking = false;
  scene.postProcessStages.fxaa.enabled = false;
  const globe = new Globe();
  globe.depthTestAgainstTerrain = true;
  globe.baseColor = new Color(...GROUND_COLOUR, 1);
  globe.showGroundAtmosphere = false;
  globe.enableLighting = false;
  globe.showWaterEffect = false;
  globe.loadingDescendantLimit = 12;
  scene.globe = globe;
  scene.camera.setView({ destination: scene.camera.position, endTransform: Matrix4.IDENTITY });
  const controls = scene.screenSpaceCameraController;
  controls.enableCollisionDetection = true;
  controls.minimumZoomDistance = 2;
  controls.maximumZoomDistance = 3e7;
  return frustum;
}
