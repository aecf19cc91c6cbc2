// Publishes vehicles from a process of its own: `node publisher.mjs URL VEHICLES SECONDS-BETWEEN-REPORTS PER-MESSAGE`.
// Goes on through broken connections; when its input ends it stops and prints one line of JSON:
// every message with its number, time, and whether the broker acknowledged it.
import { connect } from 'mqtt';

const [url, vehicles, every, perMessage] = [process.argv[2], ...process.argv.slice(3).map(Number)];
const client = connect(url, { reconnectPeriod: 100, clean: true, queueQoSZero: false, connectTimeout: 2000 });
client.on('error', () => {});
const messages = [];
const ids = Array.from({ length: vehicles }, (_, i) => `car-${i}`);
let next = 0;
let due = null;

function send() {
  const t = Date.now() / 1000;
  const first = next;
  const list = [];
  for (let k = 0; k < perMessage; k++, next = (next + 1) % vehicles) {
    list.push({ id: ids[next], t, lon: 117.49 + (next % 100) * 0.0004 + (t % 1000) * 1e-6, lat: 30.66 + Math.floor(next / 100) * 0.0004, speed: 8, heading: 90 });
  }
  const message = { first, count: perMessage, t, acked: false };
  if (!client.connected) return;
  messages.push(message);
  client.publish(`city/vehicles/${first % 8}`, JSON.stringify(list), { qos: 1 }, (error) => {
    message.acked = !error;
  });
}

client.on('connect', () => {
  if (due !== null) return;
  const step = (every * 1000 * perMessage) / vehicles;
  due = Date.now();
  setInterval(() => {
    for (; due <= Date.now(); due += step) send();
  }, 5);
  console.log('publishing');
});

process.stdin.resume();
process.stdin.on('end', () => {
  const wait = setTimeout(finish, 3000);
  const finishWhenAcked = setInterval(() => {
    if (messages.every(({ acked }) => acked)) {
      clearTimeout(wait);
      clearInterval(finishWhenAcked);
      finish();
    }
  }, 50);
  next = -1;
  due = Infinity;
});

function finish() {
  process.stdout.write(`${JSON.stringify(messages)}\n`, () => process.exit(0));
}
