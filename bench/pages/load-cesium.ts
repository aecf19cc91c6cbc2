import { buildModuleUrl, Cartesian3, Cesium3DTileset, Color, Globe, PerspectiveFrustum, Scene } from '@cesium/engine';
import { loadView } from './load-view.ts';

/** Cesium's scene with one tileset, drawn on request. */
const view = loadView();
(buildModuleUrl as unknown as { setBaseUrl(url: string): void }).setBaseUrl(new URL('/cesium/', location.href).href);
const host = document.getElementById('map')!;
const canvas = host.appendChild(document.createElement('canvas'));
canvas.width = host.clientWidth;
canvas.height = host.clientHeight;
const scene = new Scene({ canvas, creditContainer: document.createElement('div'), scene3DOnly: true, requestRenderMode: true, maximumRenderTimeChange: Infinity, contextOptions: { webgl: { alpha: false, antialias: false, stencil: true } } } as unknown as ConstructorParameters<typeof Scene>[0]);
// As the globe stands in the other page: a plain colour, nothing streamed.
scene.globe = new Globe();
scene.globe.baseColor = Color.fromCssColorString('#c9d3da');
scene.globe.showGroundAtmosphere = false;
scene.fog.enabled = false;
const { eye } = view;
scene.camera.position = new Cartesian3(eye[12], eye[13], eye[14]);
scene.camera.direction = new Cartesian3(-eye[8], -eye[9], -eye[10]);
scene.camera.up = new Cartesian3(eye[4], eye[5], eye[6]);
scene.camera.right = Cartesian3.cross(scene.camera.direction, scene.camera.up, new Cartesian3());
const aspect = canvas.width / canvas.height;
const frustum = scene.camera.frustum as PerspectiveFrustum;
frustum.aspectRatio = aspect;
frustum.fov = 2 * Math.atan(Math.tan((view.fov * Math.PI) / 360) * aspect);
function frame(): void {
  requestAnimationFrame(frame);
  (scene as unknown as { initializeFrame(): void }).initializeFrame();
  scene.render();
}
frame();
// The same tiles as beside it: none put off for standing at the picture's edge or far away.
const tileset = await Cesium3DTileset.fromUrl(view.tileset, { maximumScreenSpaceError: view.detail, foveatedScreenSpaceError: false, dynamicScreenSpaceError: false });
scene.primitives.add(tileset);
scene.requestRender();
