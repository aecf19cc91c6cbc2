/** What an attacker would have run: it counts itself. */
const RUN = 'pwn()';

const VECTORS = [
  `<script>${RUN}</script>`, `<img src=x onerror=${RUN}>`, `<img srcset=x onerror=${RUN}>`, `<svg onload=${RUN}>`, `<svg><script>${RUN}</script></svg>`, `<svg><animate onbegin=${RUN} attributeName=x dur=1s>`,
  `<iframe srcdoc="<script>parent.${RUN}</script>"></iframe>`, `<iframe src="javascript:parent.${RUN}"></iframe>`, `<body onload=${RUN}>`, `<details open ontoggle=${RUN}>`, `<input autofocus onfocus=${RUN}>`,
  `<video><source onerror=${RUN}></video>`, `<audio src=x onerror=${RUN}>`, `<object data="javascript:${RUN}">`, `<embed src="javascript:${RUN}">`, `<a href="javascript:${RUN}" autofocus>go</a>`,
  `<form action="javascript:${RUN}"><button autofocus>go</button></form>`, `<marquee onstart=${RUN}>go</marquee>`, `<style>*{background:url("javascript:${RUN}")}</style>`, `<base href="javascript:${RUN}//">`,
  `<template><img src=x onerror=${RUN}></template>`, `<noscript><p title="</noscript><img src=x onerror=${RUN}>">`, `<math><mtext><table><mglyph><style><img src=x onerror=${RUN}>`, `<x contenteditable onblur=${RUN} autofocus>`,
  `javascript:${RUN}`, `data:text/html,<script>${RUN}</script>`, `vbscript:${RUN}`, `{{constructor.constructor('${RUN}')()}}`, `\${${RUN}}`, `<%= ${RUN} %>`, `#{${RUN}}`, `');${RUN};('`, `";${RUN};"`, `\`;${RUN};\``,
] as const;

const CONTEXTS: readonly ((vector: string) => string)[] = [
  (vector) => vector,
  (vector) => `">${vector}`,
  (vector) => `'>${vector}`,
  (vector) => `</title></textarea></style></script>${vector}`,
  (vector) => `--><!-- -->]]>${vector}`,
  (vector) => vector.replace(/^<(\w+)/u, (_all, name: string) => `<${name.toUpperCase()}/`),
  (vector) => vector.replaceAll('<', '\u0000<'),
  (vector) => vector.replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
  (vector) => encodeURIComponent(vector),
  (vector) => vector.replaceAll('<', '\uff1c').replace('script', 'scr\u0131pt'),
];

/** Texts that run a script where a page takes them for markup, an address or a template. */
export const PAYLOADS: readonly string[] = CONTEXTS.flatMap((context) => VECTORS.map(context));

/** Cells that a spreadsheet would take for a formula. */
export const FORMULAS: readonly string[] = ['=1+1', '+1+1', '-1+1', '@SUM(A1)', '=cmd|\'/C calc\'!A0', '=HYPERLINK("http://x","y")', '\t=1', '\r=1', '\n=1', ' =1', '\u00a0=1', '=IMPORTXML("http://x","//a")', '"=1+1', '＝1+1', '=\u20281', '＋1', '=WEBSERVICE("http://x")']
  .flatMap((formula) => [formula, `${formula},x`, `${formula}"`, `${formula}\r\n=2`]);
