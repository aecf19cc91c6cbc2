// Sends packed points over a WebSocket of its own: `node points-generator.mjs IDS READINGS-A-SECOND SECONDS [json]`; with `json` every reading is a text message.
// Prints its port first; serves one client; afterwards prints one line of JSON with what it sent.
import { WebSocketServer } from 'ws';

const [ids, rate, seconds] = process.argv.slice(2).map(Number);
const json = process.argv[5] === 'json';
const BATCH = json ? 100 : 1000;
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
server.on('listening', () => console.log(server.address().port));

/** Where an id drives: to and fro along a street of its own. */
function place(view, at, id, t) {
  const along = Math.sin((t + id * 0.37) / 20) * 0.002;
  view.setUint32(at, id, true);
  view.setInt32(at + 8, Math.round((117.44 + (id % 1000) * 1e-4 + along) * 1e7), true);
  view.setInt32(at + 12, Math.round((30.62 + Math.floor(id / 1000) * 8e-5) * 1e7), true);
  view.setFloat32(at + 16, 5, true);
  view.setUint16(at + 20, 9000, true);
  view.setUint16(at + 22, 1000, true);
}

let state = 1;
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};

server.on('connection', (socket) => {
  const started = Date.now();
  let sent = 0;
  let worst = 0;
  const timer = setInterval(() => {
    const due = Math.min(seconds, (Date.now() - started) / 1000) * rate;
    while (sent + BATCH <= due) {
      const base = Date.now() / 1000;
      if (json) {
        sent += BATCH;
        socket._socket.cork();
        for (let i = 0; i < BATCH; i++) {
          const id = Math.floor(random() * ids);
          const t = base + i * 1e-6;
          socket.send(`{"id":"v${id}","t":${t},"lon":${(117.44 + (id % 1000) * 1e-4 + Math.sin((t + id * 0.37) / 20) * 0.002).toFixed(7)},"lat":${(30.62 + Math.floor(id / 1000) * 8e-5).toFixed(7)},"speed":10,"heading":90}`);
        }
        socket._socket.uncork();
        continue;
      }
      const bytes = new Uint8Array(16 + BATCH * 24);
      const view = new DataView(bytes.buffer);
      view.setUint32(0, 0x31504d43, true);
      view.setUint32(4, BATCH, true);
      view.setFloat64(8, base, true);
      for (let i = 0; i < BATCH; i++) {
        view.setFloat32(16 + i * 24 + 4, i * 1e-6, true);
        place(view, 16 + i * 24, Math.floor(random() * ids), base);
      }
      socket.send(bytes);
      sent += BATCH;
    }
    worst = Math.max(worst, socket.bufferedAmount);
    if (Date.now() - started < seconds * 1000) return;
    clearInterval(timer);
    const wait = setInterval(() => {
      if (socket.bufferedAmount > 0) return;
      clearInterval(wait);
      console.log(JSON.stringify({ sent, stopped: Date.now() / 1000, worst }));
    }, 5);
  }, 5);
  socket.on('close', () => process.exit(0));
});
