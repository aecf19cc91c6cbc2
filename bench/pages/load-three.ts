import { DirectionalLight, HemisphereLight, PerspectiveCamera, Scene, WebGLRenderer } from 'three';
import { TilesRenderer } from '3d-tiles-renderer/three';
import { GLTFExtensionsPlugin } from '3d-tiles-renderer/three/plugins';
import { MeshoptDecoder } from 'meshoptimizer/decoder';
import { anchorMatrix, invertRigid, multiply } from '#geo';
import { loadView } from './load-view.ts';

/** 3d-tiles-renderer as its own examples have it. */
const view = loadView();
const host = document.getElementById('map')!;
const renderer = new WebGLRenderer({ antialias: true });
renderer.setSize(host.clientWidth, host.clientHeight, false);
renderer.setClearColor(0xc9d3da);
host.append(renderer.domElement);
const scene = new Scene();
const sun = new DirectionalLight(0xffffff, 3);
sun.position.set(1, 2, 3);
scene.add(sun, new HemisphereLight(0xffffff, 0x888888, 1));
// The world stands in metres of the place, as the library advises against earth-centred numbers on the graphics card.
const world = invertRigid(anchorMatrix({ lon: view.pose.lon, lat: view.pose.lat, height: 0 }));
const camera = new PerspectiveCamera(view.fov, host.clientWidth / host.clientHeight, 1, 400_000);
camera.matrixAutoUpdate = false;
camera.matrix.fromArray(multiply(world, view.eye));
camera.matrix.decompose(camera.position, camera.quaternion, camera.scale);
camera.updateMatrixWorld(true);
const tiles = new TilesRenderer(view.tileset);
tiles.registerPlugin(new GLTFExtensionsPlugin({ metadata: true, rtc: true, meshoptDecoder: MeshoptDecoder } as ConstructorParameters<typeof GLTFExtensionsPlugin>[0]));
tiles.errorTarget = view.detail;
tiles.group.matrixAutoUpdate = false;
tiles.group.matrix.fromArray(world);
tiles.group.updateMatrixWorld(true);
tiles.setCamera(camera);
tiles.setResolutionFromRenderer(camera, renderer);
scene.add(tiles.group);
// Draws when something changed, as the other pages do.
let wanted = true;
for (const type of ['needs-update', 'needs-render', 'load-model', 'load-tileset', 'tile-visibility-change'] as const) tiles.addEventListener(type as 'needs-update', () => { wanted = true; });
function frame(): void {
  requestAnimationFrame(frame);
  if (!wanted) return;
  wanted = false;
  tiles.update();
  renderer.render(scene, camera);
}
frame();
