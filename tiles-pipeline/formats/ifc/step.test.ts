import { describe, expect, test } from 'vitest';
import { isRef, StepFile } from './step.ts';
import { decodeBytes, decodeText, endsWhole } from './step-text.ts';

const file = (data: string, end = 'ENDSEC;\nEND-ISO-10303-21;\n'): StepFile => new StepFile(`ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\n${data}\n${end}`);

describe('texts of a STEP file', () => {
  test.each([
    ['plain', 'plain'],
    ["l''été", "l'été"],
    ['\\X2\\5E7F6D4E697C\\X0\\ A', '广济楼 A'],
    ['\\X2\\D83DDE00\\X0\\', '😀'],
    ['\\X4\\0001F600\\X0\\', '😀'],
    ['T\\X\\FCr', 'Tür'],
    ['T\\S\\|r', 'Tür'],
    ['\\PE\\\\S\\0\\S\\1', 'Аб'.normalize() && 'АБ'],
    ['C:\\\\temp', 'C:\\temp'],
  ])('%s', (raw, meant) => expect(decodeText(raw)).toBe(meant));

  test('raw bytes are told apart: ASCII, UTF-8, GBK, Latin-1', () => {
    const gbk = Uint8Array.of(...Buffer.from("'"), 0xb9, 0xe3, 0xbc, 0xc3, 0xc2, 0xa5, ...Buffer.from("'"));
    expect(decodeBytes(gbk)).toEqual({ text: "'广济楼'", encoding: 'gb18030' });
    expect(decodeBytes(new TextEncoder().encode('广济楼'))).toEqual({ text: '广济楼', encoding: 'utf-8' });
    expect(decodeBytes(Uint8Array.of(0x54, 0xfc, 0x72))).toEqual({ text: 'Tür', encoding: 'latin1' });
    expect(decodeBytes(new TextEncoder().encode('wall'))).toEqual({ text: 'wall', encoding: 'ascii' });
  });
});

describe('instances of a STEP file', () => {
  test('are found past semicolons, signs and comments within their texts', () => {
    const step = file("#1=IFCWALL('a;#9=IFCDOOR(''x'');',$,(1.5,-2.E-3,*),#2,.T.,IFCLABEL('n'));\n/* #3=IFCDOOR('no'); */ #2 =\n IFCDOOR ( 'b' );#4=IFCSLAB((),\"0AF\");");
    expect(step.size).toBe(3);
    expect([step.type(1), step.type(2), step.type(3), step.type(4)]).toEqual(['IFCWALL', 'IFCDOOR', '', 'IFCSLAB']);
    expect(step.args(1)).toEqual(["a;#9=IFCDOOR('x');", null, [1.5, -0.002, null], { ref: 2 }, { word: 'T' }, { type: 'IFCLABEL', value: 'n' }]);
    expect(step.args(4)).toEqual([[], '0AF']);
    expect(isRef(step.args(1)[3])).toBe(true);
    expect(step.schema).toBe('IFC4');
  });

  test('a large id early in the file is found after others made room for it', () => {
    const many = Array.from({ length: 20_000 }, (_, k) => `#${k + 1}=IFCCARTESIANPOINT((${k}.,0.,0.));`).join('\n');
    const made = file(`#83741=IFCWALL('large');\n${many}\n#70000=IFCWALL('larger');\n#4000000000=IFCWALL('far');`);
    expect(made.of('IFCWALL').map((id) => made.args(id)[0])).toEqual(['large', 'larger', 'far']);
  });

  test('the end tells whether a file is whole', () => {
    const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
    expect(['DATA;\nEND-ISO-10303-21;', 'ENDSEC; END-ISO-10303-21 ;\r\n\0\0', 'ENDSEC;', 'END-ISO-10303-21'].map((text) => endsWhole(bytes(text)))).toEqual([true, true, false, false]);
  });

  test('what is broken reads as nothing instead of failing', () => {
    const cut = file("#1=IFCWALL('a',$);\n#2=IFCDOOR('b',(1.,(2.", '');
    expect(cut.args(2)).toEqual(['b', [1, [2]]]);
    expect(cut.args(7)).toEqual([]);
    expect(file(`#1=A(${'('.repeat(200)}1${')'.repeat(200)});`).args(1)).toHaveLength(1);
  });
});
