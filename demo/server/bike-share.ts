const STATIONS = 48;
/** Metres between neighbours, about. */
const APART = 190;
/** Seconds between two states of the system. */
const EVERY = 10;
const NAMES = ['东', '南', '西', '北', '中', '江', '山', '河', '湖', '塔', '园', '桥'];

interface Station {
  readonly station_id: string;
  readonly name: string;
  readonly lon: number;
  readonly lat: number;
  readonly capacity: number;
}

/** Stations in a spiral about a place: evenly spread, and the same on every start. */
function stationsAbout([lon, lat]: readonly [number, number]): Station[] {
  return Array.from({ length: STATIONS }, (_, k) => {
    const [metres, turn] = [APART * Math.sqrt(k + 0.5), k * Math.PI * (3 - Math.sqrt(5))];
    return {
      station_id: `bike-${k + 1}`, name: `${NAMES[k % NAMES.length]}${'一二三四'[Math.floor(k / NAMES.length)]}路站`, capacity: 12 + ((k * 7) % 13),
      lon: lon + (metres * Math.sin(turn)) / (111_320 * Math.cos((lat * Math.PI) / 180)), lat: lat + (metres * Math.cos(turn)) / 110_574,
    };
  });
}

/** A made-up bike system as GBFS 2.3, by path: what a city's operator would serve. Its bikes come and go in waves. */
export function bikeShare(path: string, middle: readonly [number, number], now: () => number = () => Date.now() / 1000): Readonly<Record<string, () => object>> {
  const stations = stationsAbout(middle);
  const tick = (): number => Math.floor(now() / EVERY) * EVERY;
  const file = (ttl: number, data: object) => (): object => ({ last_updated: tick(), ttl, version: '2.3', data });
  const status = (time: number): object[] => stations.map(({ station_id, capacity }, k) => {
    const bikes = Math.round((capacity * (1 + Math.sin(time / 180 + k * 1.7))) / 2);
    return { station_id, num_bikes_available: bikes, num_docks_available: capacity - bikes, is_installed: true, is_renting: true, is_returning: true, last_reported: time };
  });
  return {
    [`${path}/gbfs.json`]: file(3600, { zh: { feeds: ['system_information', 'station_information', 'station_status'].map((name) => ({ name, url: `./${name}.json` })) } }),
    [`${path}/system_information.json`]: file(3600, { system_id: 'sample', language: 'zh', name: '示例公共自行车（模拟）', timezone: 'Asia/Shanghai' }),
    [`${path}/station_information.json`]: file(3600, { stations }),
    [`${path}/station_status.json`]: () => ({ last_updated: tick(), ttl: EVERY, version: '2.3', data: { stations: status(tick()) } }),
  };
}
