import { gcj02Of } from '#geo';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { TwinError } from '#engine';
import { benchLayer, leftOn, NOTHING_LEFT } from '../../tests/stage.ts';
import { wmtsService } from './capabilities.ts';
import { imagery, imageryLayer } from './imagery.ts';
import { planRegrid } from './regrid.ts';
import { isTianditu, templateService, tiandituService } from './tile-service.ts';

const png = Uint8Array.of(137, 80, 78, 71).buffer;
const picture = { width: 256, height: 256, close: () => {} } as ImageBitmap;
const nobody = new AbortController().signal;
const bench = (url: string, files: Record<string, unknown> = {}, options: Record<string, unknown> = {}) => benchLayer(imageryLayer, imagery({ url, ...options }), { files });

afterEach(() => vi.unstubAllGlobals());

function decode(): void {
  vi.stubGlobal('createImageBitmap', async (blob: Blob) => {
    if ((await blob.text()).startsWith('<')) throw new Error('no picture');
    return picture;
  });
}

describe('addresses', () => {
  test.each([
    ['https://t.test/{z}/{x}/{y}.png', {}, [3, 5, 2], 'https://t.test/3/5/2.png'],
    ['https://t.test/{z}/{x}/{-y}.png', {}, [3, 5, 2], 'https://t.test/3/5/5.png'],
    ['https://t.test/{z}/{x}/{y}.png', { tms: true }, [3, 5, 2], 'https://t.test/3/5/5.png'],
    ['https://{s}.t.test/{z}/{x}/{y}', {}, [3, 5, 2], 'https://b.t.test/3/5/2'],
    ['https://t{s}.t.test/{z}/{x}/{y}', { subdomains: '0123' }, [3, 5, 2], 'https://t3.t.test/3/5/2'],
    ['https://t.test/wmts?TILEMATRIX={TileMatrix}&TILEROW={TileRow}&TILECOL={TileCol}&key=a', {}, [3, 5, 2], 'https://t.test/wmts?TILEMATRIX=3&TILEROW=2&TILECOL=5&key=a'],
    // Level 3 here spans 45 degrees: the service's level 2.
    ['https://t.test/{z}/{x}/{-y}', { grid: 'degrees' }, [3, 5, 1], 'https://t.test/2/5/2'],
  ] as const)('%s %j', (url, options, [level, x, y], wanted) => {
    expect(templateService(url, options).address(level, x, y)).toBe(wanted);
  });

  test.each([
    ['https://user:secret@t.test/{z}/{x}?key=secret', 'bad-input', 'https://t.test/z/x lacks {y}'],
    ['https://t.test/{z}/{x}/{y}/{token}?key=secret', 'bad-input', 'has {token}, which nothing fills'],
  ])('says what is wrong with %s and tells no key', (url, code, words) => {
    const fault = (() => { try { return templateService(url, {}); } catch (error) { return error as TwinError; } })() as TwinError;
    expect(fault.code).toBe(code);
    expect(fault.message).toContain(words);
    expect(fault.message + fault.where).not.toContain('secret');
  });

  test('天地图 in both its tilings, and never without a key', () => {
    const url = 'https://t0.tianditu.gov.cn/vec_w/wmts?tk=k1';
    expect(isTianditu(url)).toBe(true);
    expect(isTianditu('https://t0.tianditu.gov.cn/vec_w/wmts?request=GetCapabilities&tk=k1')).toBe(false);
    const asked = new URL(tiandituService(url, {}).address(9, 421, 210));
    expect(Object.fromEntries(asked.searchParams)).toEqual({ SERVICE: 'WMTS', REQUEST: 'GetTile', VERSION: '1.0.0', LAYER: 'vec', STYLE: 'default', TILEMATRIXSET: 'w', FORMAT: 'tiles', TILEMATRIX: '9', TILEROW: '210', TILECOL: '421', tk: 'k1' });
    expect(tiandituService('https://t0.tianditu.gov.cn/img_c/wmts?tk=k1', {})).toMatchObject({ grid: 'degrees', levels: [1, 18] });
    expect(() => tiandituService('https://t0.tianditu.gov.cn/vec_w/wmts', {})).toThrow('needs a key');
  });
});

const matrices = (scale: number, corner: string, count = 4): string => Array.from({ length: count }, (_, i) => `<TileMatrix><ows:Identifier>L${i}</ows:Identifier><ScaleDenominator>${scale / 2 ** i}</ScaleDenominator><TopLeftCorner>${corner}</TopLeftCorner><TileWidth>256</TileWidth><TileHeight>256</TileHeight></TileMatrix>`).join('');
const SETS = `
<TileMatrixSet><ows:Identifier>web</ows:Identifier><ows:SupportedCRS>urn:ogc:def:crs:EPSG:6.18:3:3857</ows:SupportedCRS>${matrices(559082264.0287178, '-20037508.3427892 20037508.3427892')}</TileMatrixSet>
<TileMatrixSet><ows:Identifier>deg</ows:Identifier><ows:SupportedCRS>urn:ogc:def:crs:OGC:1.3:CRS84</ows:SupportedCRS>${matrices(279541132.0143589, '-180 90')}</TileMatrixSet>
<TileMatrixSet><ows:Identifier>c</ows:Identifier><ows:SupportedCRS>urn:ogc:def:crs:EPSG::4490</ows:SupportedCRS>${matrices(2.958293554545656e8, '90.0 -180.0')}</TileMatrixSet>
<TileMatrixSet><ows:Identifier>lambert</ows:Identifier><ows:SupportedCRS>urn:ogc:def:crs:EPSG::2154</ows:SupportedCRS>${matrices(1e7, '0 12000000')}</TileMatrixSet>`;
const layerOf = (name: string, sets: string[], more = '<Format>image/png</Format>'): string => `<Layer><ows:Title>${name}</ows:Title><ows:WGS84BoundingBox><ows:LowerCorner>110 20</ows:LowerCorner><ows:UpperCorner>120 31</ows:UpperCorner></ows:WGS84BoundingBox><ows:Identifier>${name}</ows:Identifier><Style isDefault="true"><ows:Identifier>default</ows:Identifier></Style>${more}${sets.map((set) => `<TileMatrixSetLink><TileMatrixSet>${set}</TileMatrixSet></TileMatrixSetLink>`).join('')}</Layer>`;
const capabilities = (...layers: string[]): string => `<?xml version="1.0"?><Capabilities version="1.0.0"><ows:OperationsMetadata><ows:Operation name="GetTile"><ows:DCP><ows:HTTP><ows:Get xlink:href="https://w.test/kvp?"><ows:Constraint name="GetEncoding"><ows:AllowedValues><ows:Value>KVP</ows:Value></ows:AllowedValues></ows:Constraint></ows:Get></ows:HTTP></ows:DCP></ows:Operation></ows:OperationsMetadata><Contents>${layers.join('')}${SETS}</Contents></Capabilities>`;
const URL_ = 'https://w.test/wmts?SERVICE=WMTS&REQUEST=GetCapabilities&key=k2';

describe('capabilities', () => {
  test('Web Mercator before degrees; bounds, levels, the key that was given', () => {
    const service = wmtsService(capabilities(layerOf('ortho', ['lambert', 'deg', 'web']), layerOf('other', ['web'])), URL_, {});
    expect(service).toMatchObject({ grid: 'mercator', tileSize: 256, levels: [0, 3], bounds: [110, 20, 120, 31], note: { en: 'shows the layer ortho; there are also other' } });
    const asked = new URL(service.address(2, 3, 1));
    expect(asked.origin + asked.pathname).toBe('https://w.test/kvp');
    expect(Object.fromEntries(asked.searchParams)).toEqual({ SERVICE: 'WMTS', REQUEST: 'GetTile', VERSION: '1.0.0', LAYER: 'ortho', STYLE: 'default', FORMAT: 'image/png', TILEMATRIXSET: 'web', TILEMATRIX: 'L2', TILEROW: '1', TILECOL: '3', key: 'k2' });
  });

  test('degrees by either way of counting a pixel: the first matrix has tiles of 180 degrees', () => {
    for (const set of ['deg', 'c']) {
      const service = wmtsService(capabilities(layerOf('a', [set])), URL_, {});
      expect(service).toMatchObject({ grid: 'degrees', levels: [1, 4] });
      expect(new URL(service.address(1, 1, 0)).searchParams.get('TILEMATRIX')).toBe('L0');
    }
  });

  test('a RESTful template is filled, and keeps the key', () => {
    const rest = '<Format>image/jpeg</Format><ResourceURL format="image/jpeg" resourceType="tile" template="https://r.test/{Style}/{TileMatrixSet}/{TileMatrix}/{TileRow}/{TileCol}.jpg?v=1&amp;t=2"/>';
    expect(wmtsService(capabilities(layerOf('a', ['web'], rest)), URL_, {}).address(1, 1, 0)).toBe('https://r.test/default/web/L1/0/1.jpg?v=1&t=2&key=k2');
  });

  test.each([
    ['<html>Sign in</html>', {}, 'bad-input', 'no WMTS capabilities'],
    [capabilities(layerOf('a', ['lambert'])), {}, 'unsupported', 'offers its layer “a” in urn:ogc:def:crs:EPSG::2154 only'],
    [capabilities(layerOf('a', ['web'], '<Format>application/vnd.mapbox-vector-tile</Format>')), {}, 'unsupported', 'not as pictures (application/vnd.mapbox-vector-tile)'],
    [capabilities(layerOf('a', ['web'])), { layer: 'b' }, 'not-found', 'has no layer “b”; it has a.'],
    [capabilities(), {}, 'not-found', 'offers no layer'],
  ])('one sentence for %#', (xml, options, code, words) => {
    expect(() => wmtsService(xml, URL_, options)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(words) as string }) as Error);
    expect(() => wmtsService(xml, URL_, options)).not.toThrow('k2');
  });
});

describe('other tilings', () => {
  test('a shift is the published one', () => {
    const [lon, lat] = gcj02Of(116.404, 39.915);
    expect(lon).toBeCloseTo(116.41024449916938, 9);
    expect(lat).toBeCloseTo(39.91640428150164, 9);
    expect(gcj02Of(2.35, 48.85)).toEqual([2.35, 48.85]);
  });

  // The slow way: every painted pixel through latitude and longitude.
  test.each([['gcj02', 'mercator', 10], ['gcj02', 'mercator', 16], ['wgs84', 'degrees', 6], ['wgs84', 'degrees', 14], ['gcj02', 'degrees', 12]] as const)('%s in %s at level %i: no pixel is off by half a pixel', (datum, grid, level) => {
    const tiles = 2 ** level;
    const [x, y] = [Math.floor((117.49 / 360 + 0.5) * tiles), Math.floor((0.5 - Math.asinh(Math.tan((30.66 * Math.PI) / 180)) / (2 * Math.PI)) * tiles)];
    const plan = planRegrid({ grid, datum, tileSize: 256 }, level, x, y);
    let worst = 0;
    for (let v = 1; v < 256; v += 5)
      for (let u = 1; u < 256; u += 17) {
        const band = plan.bands.find(({ top, rows }) => v >= top && v < top + rows)!;
        const [a, b, c, d, e, f] = band.matrix;
        const lon = ((x + u / 256) / tiles) * 360 - 180;
        const lat = (Math.atan(Math.sinh(Math.PI * (1 - (2 * (y + v / 256)) / tiles))) * 180) / Math.PI;
        const [sx, sy] = datum === 'gcj02' ? gcj02Of(lon, lat) : [lon, lat];
        const wanted = [((sx + 180) / 360) * tiles * 256, (grid === 'degrees' ? (90 - sy) / 360 : 0.5 - Math.asinh(Math.tan((sy * Math.PI) / 180)) / (2 * Math.PI)) * tiles * 256];
        worst = Math.max(worst, Math.hypot(a * u + c * v + e - wanted[0], b * u + d * v + f - wanted[1]));
      }
    expect(worst).toBeLessThan(0.5);
  });
});

describe('the imagery layer', () => {
  test('asks for tiles, follows the layer, and leaves nothing', async () => {
    decode();
    const files = { 'https://t.test/5/26/13.png?key=k': png };
    const { backend, staged, update, reports } = await bench('https://t.test/{z}/{x}/{y}.png?key=k', files, { bounds: [110, 20, 120, 31], levels: [4, 12], credits: [{ text: '© T' }] });
    const [drawn] = backend.imageries;
    expect(drawn.source).toMatchObject({ bounds: [110, 20, 120, 31], minLevel: 4, maxLevel: 12, tileSize: 256, order: 3 });
    expect(await drawn.source.request(5, 26, 13, nobody)).toBe(picture);
    expect(await drawn.source.request(5, 0, 0, nobody)).toBeNull();
    expect(await drawn.source.request(3, 6, 3, nobody)).toBeNull();
    expect(staged.document.credits).toEqual([{ text: '© T' }]);
    update({ opacity: 0.5 });
    expect([drawn.visible, drawn.opacity]).toEqual([true, 0.5]);
    update({ order: 7 });
    expect(backend.imageries.map(({ source }) => source.order)).toEqual([7]);
    update({ options: { under: true } });
    expect(backend.imageries[0].source.order).toBeLessThan(0);
    expect(reports).toEqual([]);
    staged.detach();
    expect(leftOn(backend)).toEqual(NOTHING_LEFT);
  });

  test('a service that answers with a page, or with nothing, is said once, without its key', async () => {
    decode();
    const html = Object.fromEntries(Array.from({ length: 4 }, (_, x) => [`https://t.test/5/${x}/1.png?key=k3`, '<html><body>Key is invalid</body></html>']));
    const { backend, staged, reports } = await bench('https://t.test/{z}/{x}/{y}.png?key=k3', html);
    const { request } = backend.imageries[0].source;
    for (let x = 0; x < 4; x++) await expect(request(5, x, 1, nobody)).rejects.toMatchObject({ code: 'bad-input' });
    expect(reports.map(({ message }) => message)).toEqual(['https://t.test/5/0/1.png answers with something that is no picture. Check the address and its key. It says: Key is invalid']);
    expect(staged.status).toMatchObject({ state: 'failed' });
    for (let x = 0; x < 20; x++) expect(await request(6, x, 1, nobody)).toBeNull();
    expect(reports.map(({ code }) => code)).toEqual(['bad-input', 'not-found']);
    expect(JSON.stringify([reports, staged.status])).not.toContain('k3');
    staged.detach();
  });

  test('an address that is no service fails with one sentence', async () => {
    const { staged, reports } = await bench('https://t.test/map', { 'https://t.test/map': '<html></html>' });
    expect(staged.status.state).toBe('failed');
    expect(reports.map(({ code }) => code)).toEqual(['bad-input']);
    expect(reports[0].message).toContain('Give a template with {z}, {x} and {y}');
  });
});
