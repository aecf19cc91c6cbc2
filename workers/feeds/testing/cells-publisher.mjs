// Publishes a city by cells from a process of its own: `node cells-publisher.mjs mqtt://… | ws COLUMNS ROWS IDS-A-CELL WEST SOUTH SECONDS-A-ROUND`.
// Every cell's ids come as one message of packed points, retained, on city/<BeiDou code of level 4>/points; as a WebSocket server it sends to each client the cells that it asked for, the last message
// of a new one at once. Prints its port (WebSocket) or a word when the first round is out; answers each line of input with one line of JSON of what it published so far.
import { createInterface } from 'node:readline';
import { connect } from 'mqtt';
import { WebSocketServer } from 'ws';

const where = process.argv[2];
const [columns, rows, each, west, south, round] = process.argv.slice(3).map(Number);
const hex = (value) => value.toString(16).toUpperCase();

/** BeiDou code of level 4 of a place in the north-east. @source GB/T 39409-2020 */
function code(lon, lat) {
  let [x, y] = [Math.floor(lon * 60 + 1e-9), Math.floor(lat * 60 + 1e-9)];
  let text = `N${Math.floor(x / 360) + 31}${'ABCDEFGHIJKLMNOPQRSTUV'[Math.floor(y / 240)]}`;
  x %= 360;
  y %= 240;
  text += hex(Math.floor(x / 30)) + hex(Math.floor(y / 30));
  x %= 30;
  y %= 30;
  text += String(2 * Math.floor(y / 10) + Math.floor(x / 15));
  return text + hex(x % 15) + hex(y % 10);
}

const cells = Array.from({ length: columns * rows }, (_, i) => {
  const [lon, lat] = [west + (i % columns) / 60, south + Math.floor(i / columns) / 60];
  return { first: i * each, lon, lat, code: code(lon + 1 / 120, lat + 1 / 120), last: null };
});

function message({ first, lon, lat }) {
  const bytes = new Uint8Array(16 + each * 24);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x31504d43, true);
  view.setUint32(4, each, true);
  view.setFloat64(8, Date.now() / 1000, true);
  for (let i = 0; i < each; i++) {
    const at = 16 + i * 24;
    view.setUint32(at, first + i, true);
    view.setInt32(at + 8, Math.round((lon + (0.1 + 0.8 * ((i % 32) / 32)) / 60) * 1e7), true);
    view.setInt32(at + 12, Math.round((lat + (0.1 + (0.8 * Math.floor(i / 32)) / 32) / 60) * 1e7), true);
    view.setFloat32(at + 16, 5, true);
    view.setUint16(at + 20, 9000, true);
    view.setUint16(at + 22, 1000, true);
  }
  return bytes;
}

const published = { bytes: 0, ids: 0 };
const wanted = new Map();
let send = () => {};
if (where === 'ws') {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  server.on('listening', () => console.log(server.address().port));
  server.on('connection', (socket) => {
    const own = new Set();
    wanted.set(socket, own);
    socket.on('message', (text) => {
      const { add, drop } = JSON.parse(String(text)).interest;
      for (const one of drop) own.delete(one);
      for (const one of add) {
        own.add(one);
        const cell = cells.find((other) => other.code === one);
        if (cell?.last) socket.send(cell.last);
      }
    });
    socket.on('close', () => wanted.delete(socket));
  });
  send = (cell, bytes) => {
    for (const [socket, own] of wanted) if (own.has(cell.code)) socket.send(bytes);
  };
} else {
  const client = connect(where, { clean: true });
  await new Promise((resolve) => client.once('connect', resolve));
  send = (cell, bytes) => client.publish(`city/${cell.code}/points`, Buffer.from(bytes.buffer), { qos: 0, retain: true });
}

let done = 0;
let said = false;
const started = Date.now();
setInterval(() => {
  const due = Math.min(done + cells.length, Math.floor(((Date.now() - started) / 1000 / round) * cells.length));
  for (; done < due; done++) {
    const cell = cells[done % cells.length];
    cell.last = message(cell);
    send(cell, cell.last);
    published.bytes += cell.last.length;
    published.ids = Math.max(published.ids, Math.min(cells.length, done + 1) * each);
  }
  if (!said && done >= cells.length) {
    said = true;
    if (where !== 'ws') console.log('first round');
  }
}, 10);
createInterface({ input: process.stdin }).on('line', () => console.log(JSON.stringify(published)));
