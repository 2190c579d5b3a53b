// Listeners that come and go.
import { describe, expect, it } from 'vitest';
import { Emitter } from '../../src/contract/emitter.ts';

describe('an emitter', () => {
  it('lets a listener leave while it is called', () => {
    const emitter = new Emitter<number>();
    const heard: number[] = [];
    const stop = emitter.subscribe((event) => {
      heard.push(event);
      stop();
    });
    emitter.subscribe((event) => heard.push(10 * event));
    emitter.emit(1);
    emitter.emit(2);
    expect(heard).toEqual([1, 10, 20]);
  });
});
