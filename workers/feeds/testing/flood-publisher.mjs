// Publishes JSON readings, one a message, as fast as the broker takes them: `node flood-publisher.mjs mqtt://… IDS SECONDS`. Prints at the end one line of JSON with what it sent.
import { connect } from 'mqtt';

const [url, ids, seconds] = [process.argv[2], ...process.argv.slice(3).map(Number)];
const client = connect(url, { clean: true });
await new Promise((resolve) => client.once('connect', resolve));
let seq = 0;
let state = 1;
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};
const end = Date.now() + seconds * 1000;

function send() {
  if (Date.now() >= end) {
    console.log(JSON.stringify({ sent: seq }));
    return;
  }
  client.stream.cork?.();
  for (let i = 0; i < 200; i++) {
    const id = Math.floor(random() * ids);
    client.publish(`city/vehicles/${id % 16}`, `{"id":"v${id}","t":${Date.now() / 1000 + i * 1e-6},"lon":${(117.44 + (id % 1000) * 1e-4).toFixed(6)},"lat":${(30.62 + Math.floor(id / 1000) * 8e-5).toFixed(6)},"speed":10,"heading":90,"seq":${seq++},"source":"flood"}`, { qos: 0 });
  }
  client.stream.uncork?.();
  // The broker reads as fast as it can: what it has not taken yet waits here, not in it.
  if (client.stream.writableLength > 1 << 20) client.stream.once('drain', send);
  else setImmediate(send);
}
send();
setInterval(() => {}, 1000);
