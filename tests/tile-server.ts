import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc32, deflateSync } from 'node:zlib';
import { gcj02Of } from '#geo';
import { QUARTERS } from './conformance/imagery-cases.ts';

/** A tile service on this machine whose pictures are another colour in each quarter around a place, in every tiling that layers know. */
export interface TileServer {
  readonly origin: string;
  /** Paths asked for so far. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

const SIZE = 256;

function chunk(name: string, data: Uint8Array): Buffer {
  const out = Buffer.alloc(12 + data.length);
  out.writeUInt32BE(data.length, 0);
  out.write(name, 4, 'latin1');
  out.set(data, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length);
  return out;
}

/** A PNG cut into four colours at a pixel, which may lie outside. */
function quarterPng(cutX: number, cutY: number): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(SIZE, 0);
  head.writeUInt32BE(SIZE, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const rows = Buffer.alloc(SIZE * (1 + SIZE * 3));
  for (let y = 0; y < SIZE; y++)
    for (let x = 0; x < SIZE; x++) rows.set(QUARTERS[(y < cutY ? 0 : 2) + (x < cutX ? 0 : 1)], y * (1 + SIZE * 3) + 1 + x * 3);
  return Buffer.concat([Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10), chunk('IHDR', head), chunk('IDAT', deflateSync(rows, { level: 1 })), chunk('IEND', new Uint8Array())]);
}

const mercatorY = (lat: number): number => 0.5 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / (2 * Math.PI);

function capabilities(origin: string): string {
  const matrices = Array.from({ length: 19 }, (_, level) => `<TileMatrix><ows:Identifier>m${level}</ows:Identifier><ScaleDenominator>${559082264.0287178 / 2 ** level}</ScaleDenominator><TopLeftCorner>-20037508.3427892 20037508.3427892</TopLeftCorner><TileWidth>256</TileWidth><TileHeight>256</TileHeight><MatrixWidth>${2 ** level}</MatrixWidth><MatrixHeight>${2 ** level}</MatrixHeight></TileMatrix>`);
  return `<?xml version="1.0"?><Capabilities xmlns="http://www.opengis.net/wmts/1.0" xmlns:ows="http://www.opengis.net/ows/1.1" version="1.0.0"><Contents>
<Layer><ows:Title>Quarters</ows:Title><ows:Identifier>quarters</ows:Identifier><Style isDefault="true"><ows:Identifier>plain</ows:Identifier></Style><Format>image/png</Format>
<TileMatrixSetLink><TileMatrixSet>web</TileMatrixSet></TileMatrixSetLink><ResourceURL format="image/png" resourceType="tile" template="${origin}/rest/{Style}/{TileMatrixSet}/{TileMatrix}/{TileRow}/{TileCol}.png"/></Layer>
<TileMatrixSet><ows:Identifier>web</ows:Identifier><ows:SupportedCRS>urn:ogc:def:crs:EPSG::3857</ows:SupportedCRS>${matrices.join('')}</TileMatrixSet></Contents></Capabilities>`;
}

/** Starts the service on a free port of the loopback. */
export async function startTileServer(lon: number, lat: number): Promise<TileServer> {
  const asked: string[] = [];
  let origin = '';
  const painted = new Map<string, Buffer>();
  const at = (x: number, y: number, px: number, py: number): Buffer => {
    const [cutX, cutY] = [px - x, py - y].map((cut) => Math.max(0, Math.min(SIZE, Math.round(cut * SIZE))));
    const key = `${cutX} ${cutY}`;
    const picture = painted.get(key) ?? quarterPng(cutX, cutY);
    painted.set(key, picture);
    return picture;
  };
  const answer = (path: string): Buffer | string | null => {
    const [kind, ...rest] = path.split('/').filter(Boolean);
    const numbers = rest.map((part) => Number.parseInt(part.replace(/^m/u, ''), 10));
    const [glon, glat] = gcj02Of(lon, lat);
    const world = (level: number, mlon: number, mlat: number): [number, number] => [(mlon / 360 + 0.5) * 2 ** level, mercatorY(mlat) * 2 ** level];
    if (kind === 'wmts') return capabilities(origin);
    if (kind === 'html') return '<html><body>Key is invalid</body></html>';
    if (kind === 'xyz') return at(numbers[1], numbers[2], ...world(numbers[0], lon, lat));
    if (kind === 'tms') return at(numbers[1], 2 ** numbers[0] - 1 - numbers[2], ...world(numbers[0], lon, lat));
    if (kind === 'gcj') return at(numbers[1], numbers[2], ...world(numbers[0], glon, glat));
    if (kind === 'rest') return rest[0] === 'plain' && rest[1] === 'web' ? at(numbers[4], numbers[3], ...world(numbers[2], lon, lat)) : null;
    if (kind === 'degrees') return at(numbers[1], numbers[2], ((lon + 180) / 180) * 2 ** numbers[0], ((90 - lat) / 180) * 2 ** numbers[0]);
    return null;
  };
  const server = createServer((request, response) => {
    const path = new URL(request.url!, 'http://here').pathname;
    asked.push(request.url!);
    const body = answer(path);
    response.writeHead(body === null ? 404 : 200, { 'Access-Control-Allow-Origin': '*', 'Content-Type': typeof body === 'string' ? 'text/xml' : 'image/png' }).end(body ?? '');
  });
  await new Promise<void>((listening) => { server.listen(0, '127.0.0.1', listening); });
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, asked, close: () => new Promise((closed) => { server.closeAllConnections(); server.close(() => closed()); }) };
}
