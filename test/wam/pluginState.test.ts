// States that hosts keep: what is read of our own, of the page's, of partial ones and of none.
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/contract/errors.ts';
import {
  firstSeed,
  isSameModel,
  ownModel,
  readPluginState,
  writePluginState,
} from '../../src/wam/pluginState.ts';

const empty = { session: undefined, model: ownModel, seed: firstSeed, parameterValues: undefined };

describe('the state of the plugin', () => {
  it('comes back as it was written', () => {
    const session = { format: 'numvox-session', version: 1 };
    const model = { url: 'https://voices.example/', files: null };
    const written = JSON.parse(JSON.stringify(writePluginState(session, model, 9))) as unknown;
    expect(readPluginState(written)).toEqual({
      ...empty,
      session,
      model,
      seed: 9,
    });
  });

  it('may have a model of its own in it, as data and as nothing else', () => {
    const model = { url: null, files: { 'manifest.json': 'data:application/json;base64,e30=' } };
    const written = writePluginState(undefined, model, 1);
    expect(readPluginState(written).model).toEqual(model);
    expect(isSameModel(readPluginState(written).model, model)).toBe(true);
    expect(isSameModel(model, ownModel)).toBe(false);
    const foreign = {
      ...written,
      files: { 'manifest.json': 'https://elsewhere.example/', 'decoder.bin': 3 },
    };
    expect(readPluginState(foreign).model).toEqual(ownModel);
  });

  it('may be missing', () => {
    for (const nothing of [undefined, null, {}]) expect(readPluginState(nothing)).toEqual(empty);
  });

  it("may be the page's", () => {
    const session = { format: 'numvox-session', version: 0 };
    expect(readPluginState(session)).toEqual({ ...empty, session });
  });

  it('may have values alone', () => {
    const parameterValues = { reverb: { id: 'reverb', value: 1 } };
    expect(readPluginState({ parameterValues })).toEqual({ ...empty, parameterValues });
  });

  it('has parts of its own as at first where they are damaged or missing', () => {
    for (const seed of [-1, 0.5, 'x', 2 ** 33]) {
      expect(readPluginState({ format: 'numvox-plugin', seed, model: 3 })).toEqual(empty);
    }
  });

  it('is refused when it is none', () => {
    for (const given of ['text', 3, true, [1]]) expect(() => readPluginState(given)).toThrow(InputError);
  });
});
