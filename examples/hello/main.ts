// Says a digit at a click.
import { createInstrument, type Instrument } from 'numvox';

const status = document.querySelector('[role=status]')!;
let loading: Promise<Instrument> | undefined;

/** Browsers want a click before there is sound, so that is when everything is loaded. */
function load(): Promise<Instrument> {
  return (loading ??= createInstrument({
    connect: true,
    onStatus: ({ state, step }) => (status.textContent = state === 'ready' ? 'Ready' : step),
  }));
}

for (let digit = 0; digit < 10; digit++) {
  const button = document.createElement('button');
  button.textContent = String(digit);
  button.addEventListener('click', () => void say(digit));
  document.querySelector('#digits')!.append(button);
}

async function say(digit: number): Promise<void> {
  try {
    const instrument = await load();
    // In every octave the keys from C to A are the digits 0 to 9; the octave picks the voice.
    instrument.noteOn(60 + digit, 100);
    instrument.noteOff(60 + digit);
  } catch (reason) {
    loading = undefined;
    status.textContent = String(reason);
  }
}
