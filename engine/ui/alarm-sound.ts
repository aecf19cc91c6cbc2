/** Two soft notes every few seconds while an alarm is unseen. Browsers allow sound after a click: the first press is the permission, a later one mutes for a while. */
export interface AlarmSound {
  /** Turns the sound on; where it is on, mutes it for so many seconds; where it is muted, ends that. */
  press(muteSeconds: number): void;
  on(): boolean;
  /** Milliseconds since 1970 at which the mute ends by itself; null where nothing is muted. */
  mutedUntil(): number | null;
  /** Says whether there is anything to ring for. */
  ring(wanted: boolean): void;
}

const EVERY = 4000;
const NOTES = [659.3, 523.3] as const;

/** @param make the sound's context; the browser's own by default, null where it has none */
export function alarmSound(signal: AbortSignal, make: () => AudioContext | null = () => (typeof AudioContext === 'undefined' ? null : new AudioContext()), now: () => number = Date.now): AlarmSound {
  let context: AudioContext | null = null;
  let until = 0;
  let wanted = false;
  let last = 0;
  const muted = (): boolean => now() < until;
  const play = (): void => {
    if (!context || !wanted || muted() || now() - last < EVERY - 100) return;
    last = now();
    NOTES.forEach((frequency, i) => {
      const start = context!.currentTime + i * 0.35;
      const gain = context!.createGain();
      gain.gain.setValueAtTime(0, start);
      gain.gain.linearRampToValueAtTime(0.22, start + 0.03);
      gain.gain.exponentialRampToValueAtTime(0.001, start + 0.5);
      const tone = context!.createOscillator();
      tone.frequency.value = frequency;
      tone.connect(gain).connect(context!.destination);
      tone.start(start);
      tone.stop(start + 0.55);
    });
  };
  const timer = setInterval(play, 500);
  signal.addEventListener('abort', () => {
    clearInterval(timer);
    void context?.close();
    context = null;
  }, { once: true });
  return {
    press(muteSeconds) {
      if (!context) {
        context = make();
        void context?.resume();
      } else until = muted() ? 0 : now() + muteSeconds * 1000;
      play();
    },
    on: () => context !== null,
    mutedUntil: () => (context && muted() ? until : null),
    ring(value) {
      wanted = value;
      play();
    },
  };
}
