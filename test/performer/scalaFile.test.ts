// Scala files: what the format allows and people write, what it does not, and any text at all.
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/contract/errors.ts';
import { fileText } from '../../src/contract/fileText.ts';
import { isKeyboardMap, parseKeyboardMap, parseScale } from '../../src/performer/scalaFile.ts';
import { Tuning } from '../../src/performer/tuning.ts';

const rounded = (text: string) => parseScale(text).cents.map((value) => Math.round(value * 1000) / 1000);
const pitch = (line: string) => rounded(`x\n1\n${line}\n`)[0];
const latin1 = (text: string) => fileText(new Uint8Array(Buffer.from(text, 'latin1')));
const steps = (count: number) =>
  Array.from({ length: count }, (_, k) => `${(1.2 * (k + 1)).toFixed(4)}`).join('\n ');

const justCents = [203.91, 701.955, 1200];

/** After the files of the same names in ../shared/field, with the answers of its README. */
const field: Readonly<
  Record<string, { text: string; cents: readonly number[] | RegExp; description?: string }>
> = {
  'glued-comment': {
    text: 'x\n 4\n 9/8!D\n 5/4!E\n 3/2!G\n 2/1!C\n',
    cents: [203.91, 386.314, 701.955, 1200],
  },
  'glued-cents': {
    text: 'x\n 4\n 203.9cents\n 386.3ct\n 702.\n 1200.0c\n',
    cents: [203.9, 386.3, 702, 1200],
  },
  'count-glued': { text: 'x\n3! notes\n9/8\n3/2\n2/1\n', cents: justCents },
  'trailing-dot': { text: 'x\n 4\n 204.\n .5e\n 702.\n 1200.\n', cents: [204, 0.5, 702, 1200] },
  'zero-notes': { text: '! x.scl\n!\nno notes at all\n 0\n!\n', cents: [] },
  unsorted: { text: 'x\n 3\n 700.0\n 200.0\n 1200.0\n', cents: [700, 200, 1200] },
  'negative-cents': { text: 'x\n 3\n -50.0\n 700.0\n 1200.0\n', cents: [-50, 700, 1200] },
  'extra-pitches': { text: 'x\n 3\n 9/8\n 3/2\n 2/1\n 5/2\n', cents: justCents },
  'cr-only': {
    text: '! x.scl\r!\rold Mac\r 3\r!\r 9/8\r 3/2\r 2/1\r',
    cents: justCents,
    description: 'old Mac',
  },
  bom: {
    text: '\uFEFF! x.scl\n!\nwith BOM\n 3\n!\n 9/8\n 3/2\n 2/1\n',
    cents: justCents,
    description: 'with BOM',
  },
  'big-ratio': {
    text: 'x\n 4\n 2147483647/2147483646\n 4294967296/4294967291\n 123456789012345678901/98765432109876543210\n 2/1\n',
    cents: [0, 0, 386.314, 1200],
  },
  latin1: {
    text: latin1('\xc9chelle de Z\xfcrich\n 3\n!\n 9/8\n 3/2\n 2/1\n'),
    cents: justCents,
    description: 'Échelle de Zürich',
  },
  exponent: { text: 'x\n 3\n 2.04e2\n 7.02E2\n 1200.\n', cents: /line 3, "2\.04e2": exponents are no part/ },
  'comma-decimal': {
    text: 'x\n 3\n 203,91\n 701,955\n 1200,0\n',
    cents: /line 3, "203,91": a decimal comma/,
  },
};

describe('scales that people bring', () => {
  it.each(Object.entries(field))('%s', (name, { text, cents, description }) => {
    const check = (of: string) => {
      if (cents instanceof RegExp) {
        const reason = new RegExp(cents.source.replace(/^line \d+/, 'line \\d+'));
        expect(() => parseScale(of)).toThrow(reason);
        return;
      }
      expect(rounded(of)).toEqual(cents);
      if (description !== undefined) expect(parseScale(of).description).toBe(description);
      const tuning = new Tuning(parseScale(of));
      for (let key = 0; key < 128; key++) expect(tuning.frequencyOf(key)).toBeGreaterThan(0);
    };
    check(text);
    if (cents instanceof RegExp) expect(() => parseScale(text)).toThrow(cents);
    const file = new URL(`../../../shared/field/${name}.scl`, import.meta.url);
    if (existsSync(file)) check(fileText(readFileSync(file)));
  });

  it.each([1000, 1100, 10_000])('%i notes', (count) => {
    const { cents } = parseScale(`x\n ${count}\n!\n ${steps(count)}\n`);
    expect(cents).toHaveLength(count);
    expect(cents[count - 1]).toBeCloseTo(1.2 * count, 3);
    expect(new Tuning({ description: '', cents }).frequencyOf(127)).toBeGreaterThan(0);
    const file = new URL(
      `../../../shared/field/${count === 1000 ? 'edo1000' : 'n1100'}.scl`,
      import.meta.url,
    );
    if (count < 10_000 && existsSync(file))
      expect(parseScale(fileText(readFileSync(file))).cents).toEqual(cents);
  });
});

describe('a pitch', () => {
  it.each([
    ['9 / 8', 203.91],
    ['9\t/\t8', 203.91],
    ['9/ 8 tone', 203.91],
    ['9\u00a0/\u00a08', 203.91],
    ['9/8 : 203.91 cents', 203.91],
    ['203.91 * 9', 203.91],
    ['81/64', 407.82],
    ['408.', 408],
    ['5', 2786.314],
    ['-5.0', -5],
    ['+5.0', 5],
    ['- 5.0', -5],
    ['10/20', -1200],
    ['100.0 cents', 100],
    ['100.0 C#', 100],
    ['5/4   E\\', 386.314],
    ['3/2abc', 701.955],
    ['3/2e5', 701.955],
    ['701.955cents', 701.955],
    ['.5', 0.5],
    ['-.5', -0.5],
    ['2. ! the octave', 2],
    ['2, octave', 1200],
    ['0003/0002', 701.955],
    ['4/3 /11', 498.045],
    ['3/2 702', 701.955],
    ['2 1200.0 cents', 1200],
    ['2 7 times', 1200],
    ['2 . the octave', 1200],
    [`${'9'.repeat(400)}/${'9'.repeat(399)}0`, 0],
    [`1${'0'.repeat(400)}/5${'0'.repeat(399)}`, 1200],
  ])('"%s" is %d cents', (line, cents) => {
    expect(pitch(line)).toBeCloseTo(cents, 6);
  });

  it.each([
    ['7e2', /exponents/],
    ['1E+3', /exponents/],
    ['203,91', /decimal comma/],
    ['1.200,0', /decimal comma/],
    ['1.200.0', /period too many/],
    ['3/2.5', /period too many/],
    ['3/2/1', /one slash/],
    ['1.5/1', /one slash/],
    ['3:2', /one slash/],
    ['3 : 2', /one slash/],
    ['3/2:1', /": : is understood only as the one slash/],
    ['3/2 / 1', /": \/ is understood/],
    ['3 / 2 / 1', /one slash/],
    ['1 000.0', /a blank within a number/],
    ['1 200', /a blank within a number/],
    ['1\u00a0200,5', /a blank within a number/],
    ['100 .0', /a blank within a number/],
    ['203 ,91', /a blank within a number/],
    ['2 187/2048', /a blank within a number/],
    ['5\\12', /one slash/],
    ['2^(7/12)', /one slash/],
    ['3⁄2', /one slash/],
    ['-3/2', /never negative/],
    ['-5', /never negative; negative cents have a period/],
    ['3/-2', /behind the slash/],
    ['3/', /behind the slash/],
    ['3//2', /behind the slash/],
    ['0/1', /above 0/],
    ['3/0', /above 0/],
    ['0', /above 0/],
    ['abc', /must be cents \(100\.0\) or a ratio \(3\/2\)/],
    [`${'9'.repeat(400)}.0`, /no finite number/],
  ])('is refused as "%s", with its line', (line, reason) => {
    const text = `! a comment\nx\n1\n!\n ${line}\n`;
    expect(() => parseScale(text)).toThrow(InputError);
    expect(() => parseScale(text)).toThrow(reason);
    expect(() => parseScale(text)).toThrow(/^line 5, "/);
  });
});

describe('a scale file', () => {
  it('keeps a description that is empty, and one that begins like a number', () => {
    expect(parseScale('! none.scl\r\n\r\n1\r\n2/1\r\n')).toEqual({ description: '', cents: [1200] });
    expect(parseScale('12 tones\n1\n2/1').description).toBe('12 tones');
  });

  it('passes over empty lines, comments behind blanks, doubled line ends and a last line without one', () => {
    expect(rounded('x\r\r\n\r\r\n 2 \r\r\n\t! a comment\r\r\n\r\r\n3/2\r\r\n2/1')).toEqual([701.955, 1200]);
  });

  it.each([
    ['', /needs a description/],
    ['! only\n! comments\n', /needs a description/],
    ['x\n', /needs a description and a number of notes/],
    ['x\nseven\n', /line 2, "seven": the scale's number of notes must be a whole number from 0 to 10000/],
    ['x\n-1\n', /from 0 to 10000/],
    ['x\n10001\n', /from 0 to 10000/],
    ['x\n1e3\n', /exponents/],
    ['x\n1,000\n', /comma/],
    ['x\n1 000\n2/1\n', /line 2, "1 000": a blank within a number/],
    ['x\n2.5\n', /period/],
    ['x\n9/8\n3/2\n', /slash/],
    ['x\n2\n3/2\n', /line 2, "2": the scale promises 2 pitches and has 1/],
  ])('is refused as %j', (text, fault) => {
    expect(() => parseScale(text)).toThrow(fault);
  });
});

describe('a keyboard mapping', () => {
  const map = '! m.kbm\n3\n0\n127\n60\n69\n440.0\n2\n!\n0\nx\n1\n';

  it('is read with comments, glued text and its missing last entries', () => {
    expect(parseKeyboardMap(map.replace('127\n', '127!last\n').replace('\n1\n', '\n'))).toEqual({
      firstNote: 0,
      lastNote: 127,
      middleNote: 60,
      referenceNote: 69,
      referenceHz: 440,
      octaveDegree: 2,
      degrees: [0, null, null],
    });
    expect(parseKeyboardMap(map.replace('\nx\n', '\nX no key\n')).degrees).toEqual([0, null, 1]);
  });

  it.each([
    ['12\n0\n', /seven numbers/],
    [map.replace('440.0', 'high'), /line 7, "high": .*reference frequency must be a number from 1 to 20000/],
    [map.replace('440.0', '0'), /from 1 to 20000/],
    [map.replace('440.0', '440,0'), /decimal comma/],
    [map.replace('440.0', '4.4e2'), /exponents/],
    [map.replace('440.0', '1 000.0'), /line 7, "1 000.0": a blank within a number/],
    [map.replace('\nx\n', '\ny\n'), /line 11, "y": an entry of the mapping must be a degree or x/],
    [map.replace('\n60\n', '\nC4\n'), /middle note must be a whole number/],
    [map.replace('\n127\n', '\n-1\n'), /the last note lies below the first, 0: no key would sound/],
    [map.replace('\n3\n', '\n10001\n'), /size must be a whole number from 0 to 10000/],
  ])('is refused as %j', (text, fault) => {
    expect(() => parseKeyboardMap(text)).toThrow(fault);
  });

  it('is told from a scale by what it holds', () => {
    expect(isKeyboardMap(map)).toBe(true);
    expect(isKeyboardMap('12\n12\n100.0\n200.0\n300.0\n400.0\n500.0\n600.0\n')).toBe(false);
    expect(isKeyboardMap('x\n7\n9/8\n5/4\n4/3\n3/2\n5/3\n15/8\n2\n')).toBe(false);
    expect(isKeyboardMap('')).toBe(false);
  });
});

describe('UTF-16 without its mark', () => {
  const [scale, map] = ['! x.scl\r\nx\r\n 1\r\n 2/1\r\n', '0\n0\n127\n60\n69\n440.0\n0\n'];
  const units = (text: string, isSwapped: boolean) => {
    const bytes = Buffer.from(text, 'utf16le');
    return fileText(new Uint8Array(isSwapped ? bytes.swap16() : bytes));
  };

  it.each([false, true])('is refused in one line that says what to save, swapped: %s', (isSwapped) => {
    const what = /^its characters have zero bytes .* without a byte order mark: save it as UTF-8$/;
    expect(() => parseScale(units(scale, isSwapped))).toThrow(what);
    expect(() => parseKeyboardMap(units(map, isSwapped))).toThrow(what);
  });

  it('is not taken for a file filled up with zeros', () => {
    expect(parseScale(`${scale}${'\0'.repeat(200)}`).cents).toEqual([1200]);
  });
});

describe('any text', () => {
  const number = fc.oneof(
    fc.integer({ min: -3, max: 12 }).map(String),
    fc.integer().map(String),
    fc.double({ noNaN: true }).map(String),
    fc.stringMatching(/^[-+]?\d{0,40}[./, ]?\d{0,40}$/),
  );
  const line = fc.oneof(
    { weight: 4, arbitrary: number },
    { weight: 1, arbitrary: fc.string() },
    fc.constant('x'),
  );
  const text = fc
    .tuple(fc.array(line, { maxLength: 16 }), fc.constantFrom('\n', '\r', '\r\n'))
    .map(([lines, end]) => lines.join(end));
  const read = <T>(parse: (text: string) => T, of: string): T | undefined => {
    try {
      return parse(of);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return undefined;
    }
  };

  it('is refused with a reason, or gives every key a finite frequency', () => {
    fc.assert(
      fc.property(text, text, fc.boolean(), (first, second, isScale) => {
        const scale = read(parseScale, isScale ? `x\n${first}` : first);
        const map = read(parseKeyboardMap, second);
        const tuning = read(() => new Tuning(scale, map), '');
        for (let key = 0; tuning && key < 128; key++) {
          const hz = tuning.frequencyOf(key, 480);
          expect(hz === 0 || (hz > 0 && Number.isFinite(hz))).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
