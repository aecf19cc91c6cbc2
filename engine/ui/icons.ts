/** Outlines on a 24 grid, drawn with a 1.6 stroke; one family for all controls. */
const OUTLINES = {
  layers: 'M12 4 3.5 8.5 12 13l8.5-4.5L12 4Z M3.5 12.5 12 17l8.5-4.5 M3.5 16.5 12 21l8.5-4.5',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Z M12 9.25a2.75 2.75 0 1 0 0 5.5 2.75 2.75 0 0 0 0-5.5Z',
  'eye-off': 'M4 4l16 16 M9.5 5.9A9 9 0 0 1 12 5.5c6 0 9.5 6.5 9.5 6.5a16 16 0 0 1-3 3.7 M6 7.6A15.6 15.6 0 0 0 2.5 12S6 18.5 12 18.5a9 9 0 0 0 4-.9',
  locate: 'M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10Z M12 2.5V7 M12 17v4.5 M2.5 12H7 M17 12h4.5',
  down: 'M6 9.5l6 6 6-6',
  up: 'M6 14.5l6-6 6 6',
  right: 'M9.5 6l6 6-6 6',
  left: 'M14.5 6l-6 6 6 6',
  remove: 'M4.5 7h15 M9.5 7V4.5h5V7 M6.5 7l1 13h9l1-13 M10.3 10.5v6 M13.7 10.5v6',
  plus: 'M12 5v14 M5 12h14',
  close: 'M6 6l12 12 M18 6 6 18',
  search: 'M10.5 4.5a6 6 0 1 0 0 12 6 6 0 0 0 0-12Z M15 15l5 5',
  pointer: 'M6 3.5l12.5 8-5.7 1.3L10 18.5 6 3.5Z',
  incident: 'M12 3.5 21.5 20H2.5L12 3.5Z M12 10v4.5 M12 17.1v.3',
  distance: 'M3.5 15.5l12-12 5 5-12 12-5-5Z M7 12l2 2 M10 9l2.5 2.5 M13 6l2 2',
  area: 'M5 6.5 17.5 4.5 20 15.5 9.5 20 5 6.5Z M5 5v3 M3.5 6.5h3 M17.5 3v3 M16 4.5h3 M20 14v3 M18.5 15.5h3 M9.5 18.5v3 M8 20h3',
  clip: 'M12 3.5 20 8v8.5L12 21l-8-4.5V8l8-4.5Z M12 3.5v17.5 M12 8l8 0 M12 12.5l8-2 M12 17l8-4',
  underground: 'M3 9h18 M5.5 9V6h4v3 M12.5 9V4.5h5V9 M3 13.5h8.5a3 3 0 0 1 3 3V21 M3 17.5h7.5V21 M18 13.5h3 M18 17.5h3',
  undo: 'M8.5 5 4 9.5 8.5 14 M4.5 9.5H14a5 5 0 0 1 0 10h-4',
  redo: 'M15.5 5 20 9.5 15.5 14 M19.5 9.5H10a5 5 0 0 0 0 10h4',
  sunClock: 'M12 3.5a8.5 8.5 0 1 0 .01 0 M12 8v4l3 2 M12 1v1.6 M12 21.4V23 M1 12h1.6 M21.4 12H23',
  dawn: 'M3 17.5h18 M6.5 17.5a5.5 5.5 0 0 1 11 0 M12 4v4.5 M9.5 6 12 3.5 14.5 6 M4 10.5l2 1.5 M20 10.5l-2 1.5 M8 20.5h8',
  day: 'M12 7.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9Z M12 2.5v2 M12 19.5v2 M2.5 12h2 M19.5 12h2 M5.3 5.3l1.4 1.4 M17.3 17.3l1.4 1.4 M18.7 5.3l-1.4 1.4 M6.7 17.3l-1.4 1.4',
  dusk: 'M3 17.5h18 M6.5 17.5a5.5 5.5 0 0 1 11 0 M12 3.5V8 M9.5 6 12 8.5 14.5 6 M4 10.5l2 1.5 M20 10.5l-2 1.5 M8 20.5h8',
  night: 'M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10Z',
  globe: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17Z M3.5 12h17 M12 3.5c3 2.5 3.5 6 3.5 8.5s-.5 6-3.5 8.5c-3-2.5-3.5-6-3.5-8.5s.5-6 3.5-8.5Z',
  cube: 'M12 3.5 20 8v8.5L12 21l-8-4.5V8l8-4.5Z M4 8l8 4.5L20 8 M12 12.5V21',
  share: 'M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7L11.8 7 M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7l1.5-1.3',
  save: 'M12 4v11 M7.5 10.5 12 15l4.5-4.5 M4.5 16v4h15v-4',
  record: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17Z M12 8.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7Z',
  open: 'M3.5 19V5.5h6l2 2.5h8v3 M3.5 19l3-8h15l-3 8h-15Z',
  play: 'M7 4.5v15L19.5 12 7 4.5Z',
  pause: 'M8 5v14 M16 5v14',
  live: 'M5 5v14l10-7L5 5Z M18.5 5v14',
  stepBack: 'M17.5 5v14L8 12l9.5-7Z M5.5 5v14',
  stepOn: 'M6.5 5v14l9.5-7-9.5-7Z M18.5 5v14',
  eventBack: 'M10.5 6l-6 6 6 6 M16.5 8.5 20 12l-3.5 3.5L13 12l3.5-3.5Z',
  eventOn: 'M13.5 6l6 6-6 6 M7.5 8.5 11 12l-3.5 3.5L4 12l3.5-3.5Z',
  clock: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17Z M12 7.5V12l3.5 2',
  filter: 'M3.5 5.5h17L14 13v5.5l-4 2V13L3.5 5.5Z',
  palette: 'M5 5h14v4H5V5Z M5 9h14v5H5V9Z M5 14h14v5H5v-5Z',
  info: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17Z M12 11v5.5 M12 7.6v.3',
  warning: 'M12 3.5 21.5 20H2.5L12 3.5Z M12 10v4.5 M12 17.1v.3',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  north: 'M12 3l6 17.5-6-4.5-6 4.5L12 3Z',
  grip: 'M9 6v.2 M15 6v.2 M9 12v.2 M15 12v.2 M9 18v.2 M15 18v.2',
  language: 'M3.5 6h10 M8.5 3.5V6 M11 6c-.8 4-3.5 7-7 8.5 M6 6c1 3.5 3.5 6.5 6.5 8 M12.5 20.5l4-10 4 10 M14 17h5',
  panel: 'M3.5 5h17v14h-17V5Z M9.5 5v14',
  table: 'M4 5h16v14H4V5Z M4 10h16 M4 14.5h16 M10 10v9',
} as const;

export type IconName = keyof typeof OUTLINES;

const SVG = 'http://www.w3.org/2000/svg';

/** An icon in the colour of the text around it; hidden from screen readers (the control has the name). */
export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  for (const [key, value] of Object.entries({ viewBox: '0 0 24 24', fill: 'none', stroke: 'currentColor', 'stroke-width': '1.6', 'stroke-linecap': 'round', 'stroke-linejoin': 'round', 'aria-hidden': 'true' })) svg.setAttribute(key, value);
  svg.classList.add('glyph');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', OUTLINES[name]);
  svg.append(path);
  return svg;
}

/** How a layer is, by shape as well as by colour: ring (loading), disc (live), half disc (stale), triangle (failed), open disc (ready). */
export function stateMark(state: 'loading' | 'ready' | 'live' | 'stale' | 'failed'): SVGSVGElement {
  const shapes = {
    loading: 'M8 2.5a5.5 5.5 0 1 1-5.5 5.5',
    ready: 'M8 4.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7Z',
    live: 'M8 3.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9Z',
    stale: 'M8 3.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9Z M8 3.5a4.5 4.5 0 0 0 0 9Z',
    failed: 'M8 2.5 14.5 13.5h-13L8 2.5Z',
  } as const;
  const svg = document.createElementNS(SVG, 'svg');
  for (const [key, value] of Object.entries({ viewBox: '0 0 16 16', 'aria-hidden': 'true' })) svg.setAttribute(key, value);
  svg.classList.add('state', state);
  for (const part of shapes[state].split(/(?<=Z) (?=M)/u)) {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', part);
    svg.append(path);
  }
  return svg;
}
