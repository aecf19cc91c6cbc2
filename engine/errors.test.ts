import { describe, expect, test } from 'vitest';
import { toTwinError, TwinError, withoutSecrets } from './errors.ts';

describe('messages without secrets', () => {
  test.each([
    ['http://h/a.json?token=abc is not there (404)', 'http://h/a.json is not there (404)'],
    ['https://user:abc@h.example/a/b.glb could not be reached', 'https://h.example/a/b.glb could not be reached'],
    ['Failed to parse URL from ws://x:abc@h/feed?key=abc.', 'Failed to parse URL from ws://h/feed.'],
    ['/city/a.json?sig=abc#abc, which', '/city/a.json, which'],
    ["Request 'http://h/x?token=abc' failed (http://h/y?token=abc)", "Request 'http://h/x' failed (http://h/y)"],
    ['天地图 needs a key: add ?tk=… to http://t0.tianditu.gov.cn/img_w/wmts.', '天地图 needs a key: add ?tk=… to http://t0.tianditu.gov.cn/img_w/wmts.'],
    ['the address of a WMTS (…?SERVICE=WMTS&REQUEST=GetCapabilities)', 'the address of a WMTS (…?SERVICE=WMTS&REQUEST=GetCapabilities)'],
    ['The topic city/vehicles/# at a@b', 'The topic city/vehicles/# at a@b'],
    ['Is it there? 3/4 of it, at /root/children/1: no', 'Is it there? 3/4 of it, at /root/children/1: no'],
  ])('%s', (before, after) => {
    expect(withoutSecrets(before)).toBe(after);
    expect(new TwinError('network', before).message).toBe(after);
  });

  test('what a browser says in its own words is cleaned on its way in', () => {
    const cause = new TypeError("Failed to execute 'fetch': Request cannot be constructed from a URL that includes credentials: http://me:abc@h/a?b=abc");
    expect(toTwinError(cause, 'network').message).not.toContain('abc');
  });
});
