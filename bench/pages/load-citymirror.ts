import { createTwin } from 'citymirror';
import { loadView } from './load-view.ts';

const view = loadView();
const twin = await createTwin(document.getElementById('map')!, {
  backend: new URLSearchParams(location.search).get('backend')!,
  document: {
    version: 1, title: { zh: '载入', en: 'Load' }, at: [view.pose.lon, view.pose.lat], camera: view.pose, clock: { mode: 'live', time: 0, at: 0, rate: 1 }, light: 'day', selection: null, tools: {},
    layers: { tiles: { type: 'tiles', title: { zh: '建筑', en: 'Buildings' }, visible: true, opacity: 1, order: 0, url: view.tileset } },
  },
});
Object.assign(window, { fov: twin.backend.view.frustum.fov });
