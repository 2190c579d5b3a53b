// Where ?model= may lead: folders of the page, other places with a question, nothing that no bundle can come from.
import { expect, it } from 'vitest';
import { modelAddressOf } from '../../../src/ui/page/modelAddress.ts';

const page = 'https://play.example/numvox/';
const of = (model: string) => modelAddressOf(`${page}?model=${encodeURIComponent(model)}`, page);

it('takes the own bundle, and folders of the page, without a question', () => {
  expect(modelAddressOf(page, page)).toEqual({ url: `${page}models/fsdd/`, foreignOrigin: null });
  expect(of('mine/').url).toBe(`${page}mine/`);
  expect(of('/voices')).toEqual({ url: 'https://play.example/voices', foreignOrigin: null });
});

it('names other places, however they are written', () => {
  for (const [model, origin] of [
    ['https://elsewhere.example/voices/', 'https://elsewhere.example'],
    ['//elsewhere.example/voices/', 'https://elsewhere.example'],
    ['\\\\elsewhere.example/voices/', 'https://elsewhere.example'],
    ['https://play.example:444/', 'https://play.example:444'],
    ['http://localhost:9/', 'http://localhost:9'],
    // Shown as what it is, and not as what it looks like.
    ['https://pl\u0430y.example/', 'https://xn--ply-7cd.example'],
  ]) {
    expect(of(model).foreignOrigin).toBe(origin);
  }
});

it.each([
  'http://[',
  'https://',
  'data:application/json,{}',
  'javascript:alert(1)',
  'blob:https://elsewhere.example/x',
  'blob:https://play.example/x',
  'file:///etc/passwd',
  'http://elsewhere.example/voices/',
  'https://play.example@elsewhere.example/voices/',
  `https://${'x'.repeat(100_000)}:99999/`,
])('refuses address %# in a short sentence', (model) => {
  expect(() => of(model)).toThrow(
    /^\?model= must (be|not hold) .*give a folder of this page or an https address$/,
  );
  try {
    of(model);
  } catch (reason) {
    expect(String(reason).length).toBeLessThan(300);
  }
});
