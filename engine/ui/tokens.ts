/**
 * The tokens: every colour, size and space of the panels. Set on the page's root; dark by `data-theme="dark"`.
 * One 8 px grid (--u), three type sizes; all grow together on very large screens.
 */
export const TOKENS = `
:root {
  --cm-u: 8px;
  --cm-small: 12px;
  --cm-body: 13px;
  --cm-large: 18px;
  --cm-font: "Noto Sans SC", "PingFang SC", "HarmonyOS Sans SC", "Microsoft YaHei UI", "Microsoft YaHei", "Source Han Sans SC", "Noto Sans CJK SC", system-ui, sans-serif;
  --cm-surface: #fcfcfb;
  --cm-sunken: #f1f2f1;
  --cm-hover: #e9ecec;
  --cm-line: #dde0e0;
  --cm-edge: #c4caca;
  --cm-ink: #1c2529;
  --cm-ink-2: #55626a;
  --cm-ink-3: #66737a;
  --cm-accent: #14587f;
  --cm-accent-soft: #e2ecf2;
  --cm-on-accent: #ffffff;
  --cm-track: #7fa3b8;
  --cm-live: #17734a;
  --cm-stale: #9a5b00;
  --cm-failed: #b3261e;
  --cm-failed-soft: #fbeceb;
  --cm-shadow: 0 0 0 1px rgb(28 37 41 / 0.09), 0 2px 8px rgb(28 37 41 / 0.12);
  --cm-radius: 6px;
  color-scheme: light;
}
:root[data-theme="dark"] {
  --cm-surface: #171d21;
  --cm-sunken: #20282d;
  --cm-hover: #2a343a;
  --cm-line: #2d373d;
  --cm-edge: #47545b;
  --cm-ink: #e8edef;
  --cm-ink-2: #a9b6bd;
  --cm-ink-3: #8f9da5;
  --cm-accent: #86bfe0;
  --cm-accent-soft: #1f3848;
  --cm-on-accent: #0d1b24;
  --cm-track: #4c7b94;
  --cm-live: #5fc795;
  --cm-stale: #e6a94e;
  --cm-failed: #f2877f;
  --cm-failed-soft: #3b2322;
  --cm-shadow: 0 0 0 1px rgb(0 0 0 / 0.45), 0 2px 10px rgb(0 0 0 / 0.4);
  color-scheme: dark;
}
@media (min-width: 2560px) {
  :root { --cm-u: 10px; --cm-small: 15px; --cm-body: 16px; --cm-large: 23px; }
}
@media (min-width: 3600px) {
  :root { --cm-u: 12px; --cm-small: 18px; --cm-body: 20px; --cm-large: 28px; }
}
`;
