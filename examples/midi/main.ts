// Plays from every MIDI input, MPE too, and shows what is played.
import { connectMidi, createInstrument, factoryPreset } from 'numvox';

const button = document.querySelector<HTMLButtonElement>('#start')!;
const status = document.querySelector('[role=status]')!;
const list = document.querySelector('#inputs')!;

const kinds = {
  waiting: 'Waiting for leave to use MIDI',
  absent: 'This browser has no Web MIDI',
  refused: 'MIDI was refused; allow it for this page and reload',
  ready: 'Play',
};

button.addEventListener('click', () => void start(), { once: true });

async function start(): Promise<void> {
  button.disabled = true;
  const instrument = await createInstrument({
    connect: true,
    onStatus: ({ state, step }) => state === 'loading' && (status.textContent = step),
    onNote: ({ midiNote, channel, down }) =>
      (status.textContent = down ? `Note ${midiNote} on channel ${channel}` : ''),
  });
  instrument.session.load(factoryPreset('Choir'));
  await connectMidi(instrument, {
    onState: ({ kind, inputs }) => {
      status.textContent = kind === 'ready' && inputs.length === 0 ? 'Plug in a MIDI keyboard' : kinds[kind];
      list.replaceChildren(
        ...inputs.map(({ name }) => Object.assign(document.createElement('li'), { textContent: name })),
      );
    },
  });
}
