/** One event of a stream. */
export interface StreamEvent {
  readonly type: string;
  readonly data: string;
  /** As our relay adds them: the topic it came by, and 'base64' where the data are bytes. Other readers pass such fields over. */
  readonly topic: string;
  readonly encoding: string;
}

/** Characters of one event. */
const LONGEST = 8 * 1024 * 1024;

/**
 * Reads the text of an event stream piece by piece.
 * @source WHATWG HTML §9.2.6: lines end with LF, CR or CRLF; a blank line ends an event; an event without data is none, though its id stands
 */
export class EventStreamReader {
  /** The id that the stream has come to; '' before the first. */
  lastId = '';
  /** Milliseconds that the server asks to wait before the next connection; NaN where it did not say. */
  retry = NaN;
  /** Events that were longer than anything sensible, and left out. */
  overlong = 0;
  private readonly decoder = new TextDecoder();
  private line = '';
  private afterCr = false;
  private data: string[] = [];
  private size = 0;
  private id: string | null = null;
  private fields = { event: '', topic: '', encoding: '' };

  /** The events that this piece ends. */
  read(bytes: Uint8Array): StreamEvent[] {
    const events: StreamEvent[] = [];
    let text = this.decoder.decode(bytes, { stream: true });
    if (this.afterCr && text.startsWith('\n')) text = text.slice(1);
    if (text.length > 0) this.afterCr = text.endsWith('\r');
    const lines = text.split(/\r\n|\r|\n/u);
    for (let i = 0; i < lines.length; i++) {
      this.append(lines[i]);
      if (i === lines.length - 1) break;
      const event = this.end();
      if (event) events.push(event);
    }
    return events;
  }

  private append(text: string): void {
    this.size += text.length;
    if (this.size <= LONGEST) this.line += text;
  }

  /** One line is whole. */
  private end(): StreamEvent | null {
    const { line } = this;
    this.line = '';
    if (line === '' && this.size <= LONGEST) return this.dispatch();
    if (line === '') {
      this.overlong++;
      this.clear();
      return null;
    }
    const colon = line.indexOf(':');
    if (colon === 0) this.size -= line.length;
    if (colon === 0) return null;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /u, '');
    if (name === 'data') this.data.push(value);
    else if (name === 'id' && !value.includes('\0')) this.id = value;
    else if (name === 'retry' && /^\d+$/u.test(value)) this.retry = Number(value);
    else if (name === 'event' || name === 'topic' || name === 'encoding') this.fields[name] = value;
    return null;
  }

  private dispatch(): StreamEvent | null {
    if (this.id !== null) this.lastId = this.id;
    const { data, fields } = this;
    const event = data.length === 0 ? null : { type: fields.event || 'message', data: data.join('\n'), topic: fields.topic, encoding: fields.encoding };
    this.clear();
    return event;
  }

  private clear(): void {
    this.data = [];
    this.size = 0;
    this.id = null;
    this.fields = { event: '', topic: '', encoding: '' };
  }
}
