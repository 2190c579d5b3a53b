// The shells in the audio worklet end when they are told to, and are registered once.
import { afterAll, describe, expect, it } from 'vitest';
import { registerOnce } from '../../src/worklet/registerOnce.ts';
import { defaultFormat } from '../../src/contract/spectrogram.ts';
import { loadProcessor, type Processor } from '../helpers/workletScope.ts';

const block = (): Float32Array[][] => [[new Float32Array(128), new Float32Array(128)]];
const tell = (processor: Processor, data: unknown) => processor.port.onmessage?.({ data });

/** A module is run once. */
let loading: ReturnType<typeof loadProcessor> | undefined;
const kernelProcessor = () => (loading ??= loadProcessor('src/worklet/kernelProcessor.ts'));

afterAll(() => {
  for (const name of ['sampleRate', 'currentFrame', 'AudioWorkletProcessor']) {
    Reflect.deleteProperty(globalThis, name);
  }
});

describe('processors', () => {
  it('of the kernel answers until it is closed, then ends, and lets its ports go', async () => {
    const KernelProcessor = await kernelProcessor();
    const kernel = { format: defaultFormat, slots: 10, styleDimensions: 2, maxVoices: 1 };
    const processor = new KernelProcessor({ processorOptions: { kernel, isLive: false, messages: [] } });
    expect(processor.process([], block())).toBe(true);
    const second = { isClosed: false, onmessage: null, close: () => (second.isClosed = true) };
    tell(processor, { type: 'port', port: second });
    tell(processor, { type: 'status', id: 1 });
    expect(processor.port.sent).toMatchObject([{ type: 'status', id: 1 }]);
    expect(processor.process([], block())).toBe(true);
    tell(processor, { type: 'close' });
    expect(second.isClosed).toBe(true);
    expect(processor.port.sent).toHaveLength(1);
    expect(processor.process([], block())).toBe(false);
    expect(processor.port.sent.slice(1)).toEqual([{ type: 'closed' }]);
  });

  it('of the kernel survives blocks that fail, silent, and ends when none succeeds any more', async () => {
    const KernelProcessor = await kernelProcessor();
    const kernel = { format: defaultFormat, slots: 10, styleDimensions: 2, maxVoices: 1 };
    const processor = new KernelProcessor({ processorOptions: { kernel, isLive: false, messages: [] } });
    // What no message can carry through its checks: samples that cannot be written.
    const broken = () => {
      const samples = new Float32Array(128).fill(1);
      const write = () => {
        throw new Error('broken');
      };
      const faulty = new Proxy(samples, {
        set: write,
        get: (target, name) =>
          name === 'fill' ? () => target.fill(0) : (Reflect.get(target, name, target) as unknown),
      });
      return [[faulty, faulty]];
    };
    for (let n = 0; n < 10; n++) expect(processor.process([], broken())).toBe(true);
    expect(processor.process([], block())).toBe(true);
    tell(processor, { type: 'status', id: 1 });
    expect(processor.port.sent).toMatchObject([{ type: 'status', failedBlocks: 10, activeVoices: 0 }]);
    for (let n = 0; n < 16; n++) processor.process([], broken());
    expect(() => processor.process([], broken())).toThrow('broken');
  });

  it('of the output limits what passes, and ends when it is closed, a take under way or not', async () => {
    const OutputProcessor = await loadProcessor('src/output/outputProcessor.ts');
    const processor = new OutputProcessor();
    tell(processor, { type: 'start' });
    expect(processor.process(block(), block())).toBe(true);
    tell(processor, { type: 'close' });
    const loud = [[new Float32Array(128).fill(4), new Float32Array(128).fill(4)]];
    const out = block();
    expect(processor.process(loud, out)).toBe(false);
    expect(out[0][0][5]).toBeCloseTo(0.97, 5);
    expect(processor.port.sent).toEqual([{ type: 'closed' }]);
  });

  it('leaves a name that is taken as it is, and passes every other fault on', () => {
    const taken = () => {
      throw new DOMException('taken', 'NotSupportedError');
    };
    expect(() => registerOnce(taken, 'numvox-kernel', class {})).not.toThrow();
    const broken = () => {
      throw new TypeError('no constructor');
    };
    expect(() => registerOnce(broken, 'numvox-kernel', class {})).toThrow(TypeError);
    const registered: unknown[] = [];
    const Made = class {};
    registerOnce((...args) => registered.push(args), 'numvox-kernel', Made);
    expect(registered).toEqual([['numvox-kernel', Made]]);
  });
});
