import { placer } from '#geo';
import { batchHit, betterHit, canonical, digestOf, type Card, type Extent, type Hit, type Layer, type LayerDocument, type Legend, type Mark, type PickAsk, type Stage, type Text, type Moment } from '#engine';
import { readCityCatalogue, type AffectedOutput } from '#models';
import { incidentCard } from './card.ts';
import { circleKey, kindTexts, readIncidents } from './incident.ts';
import { AFFECTED, ALARM, STEM, Zone, type ZoneSources } from './zone.ts';

export class EmergencyLayer implements Layer {
  #stage!: Stage;
  #document!: LayerDocument;
  #sources: ZoneSources = { companion: null, dem: null };
  /** The dataset whose features are marked. */
  #features: string | null = null;
  #source: Text | null = null;
  #ready = false;
  readonly #zones = new Map<string, Zone>();
  #marked: readonly AffectedOutput[] = [];
  #labelled = '[]';

  async attach(stage: Stage, document: LayerDocument): Promise<void> {
    this.#stage = stage;
    this.#document = document;
    if (document.url) {
      const url = stage.resolve(document.url);
      const city = readCityCatalogue(await stage.json<unknown>(url), url);
      const { buildings, terrain } = city.layers;
      const absolute = (reference: string | undefined): string | null => (reference === undefined ? null : stage.resolve(reference, url));
      this.#sources = { companion: absolute(buildings?.companion), dem: absolute(terrain?.dem) };
      this.#features = absolute(buildings?.features);
      this.#source = city.source.length > 0 ? { zh: city.source.join('、'), en: city.source.join(', ') } : null;
    }
    if (stage.signal.aborted) return;
    stage.signal.addEventListener('abort', () => {
      for (const zone of this.#zones.values()) zone.end();
    }, { once: true });
    stage.watch(() => this.#write());
    this.#ready = true;
    this.#reconcile();
  }

  update(document: LayerDocument): void {
    this.#document = document;
    if (this.#ready) this.#reconcile();
  }

  async pick(ask: PickAsk): Promise<Hit | null> {
    const best = [...this.#zones.values()].map((zone) => {
      const hit = zone.symbol && batchHit(zone.symbol, ask);
      return hit && { ...hit, zone };
    }).reduce(betterHit, null);
    if (!best) return null;
    const { incident, ground, affected } = best.zone;
    return { layer: this.#stage.id, id: incident.id, lon: incident.lon, lat: incident.lat, height: ground, depth: best.depth, properties: { kind: incident.kind, radius: incident.radius, total: affected?.total ?? null } };
  }

  async describe(hit: Hit): Promise<Card | null> {
    const zone = this.#zones.get(hit.id);
    return zone ? incidentCard(zone, this.#source) : null;
  }

  moments(): Moment[] {
    return [...this.#zones.values()].map(({ incident: { at, kind, title } }) => ({ time: at, kind: 'incident', title: title ? { zh: title, en: title } : kindTexts[kind] }));
  }

  legend(): Legend | null {
    if (this.#zones.size === 0) return null;
    return {
      title: { zh: '突发事件', en: 'Incidents' }, unit: '',
      entries: [
        { colour: ALARM, label: { zh: '事件与影响范围', en: 'Incident and its radius' } },
        { colour: AFFECTED, label: { zh: '受影响建筑（占地任一部分在范围内）', en: 'Affected building (any part of its footprint inside)' } },
      ],
    };
  }

  extent(): Extent | null {
    const boxes = [...this.#zones.values()].map(zoneExtent);
    if (boxes.length === 0) return null;
    return boxes.reduce((a, b) => ({ west: Math.min(a.west, b.west), south: Math.min(a.south, b.south), east: Math.max(a.east, b.east), north: Math.max(a.north, b.north), top: Math.max(a.top, b.top) }));
  }

  result(): Readonly<Record<string, AffectedOutput>> {
    return Object.fromEntries([...this.#zones].flatMap(([id, zone]) => (zone.affected ? [[id, zone.affected] as const] : [])));
  }

  /** Waits for the answers, so that the digest is of the incidents and not of the moment it was asked. */
  async digest(): Promise<string> {
    await Promise.all([...this.#zones.values()].map((zone) => zone.done));
    const ids = [...this.#zones.keys()].toSorted();
    return digestOf(canonical(ids.map((id) => {
      const affected = this.#zones.get(id)?.affected;
      return [id, affected ? [...affected.numbers] : null, affected ? [...affected.distances].map((distance) => distance.toFixed(3)) : null];
    })));
  }

  /** Zones become what the document says: a circle that moved is a new zone, a new title is not. */
  #reconcile(): void {
    const incidents = readIncidents(this.#document.options, this.#stage.id, (error) => this.#stage.report(error));
    const wanted = new Map(incidents.map((incident) => [incident.id, incident]));
    const before = new Map<string, AffectedOutput | null>();
    for (const [id, zone] of this.#zones) {
      const incident = wanted.get(id);
      if (incident && circleKey(incident) === circleKey(zone.incident)) continue;
      before.set(id, zone.painted);
      zone.end();
      this.#zones.delete(id);
    }
    for (const incident of incidents) {
      const zone = this.#zones.get(incident.id);
      if (zone) zone.incident = incident;
      else this.#zones.set(incident.id, new Zone(this.#stage, this.#sources, incident, before.get(incident.id) ?? null, () => this.#changed()));
    }
    this.#changed();
  }

  #changed(): void {
    if (this.#stage.signal.aborted) return;
    const zones = [...this.#zones.values()];
    this.#write();
    this.#mark(this.#seen ? zones : []);
    this.#say(zones);
    this.#stage.requestFrame();
  }

  get #seen(): boolean {
    return this.#document.visible && this.#document.opacity > 0;
  }

  /** The incidents' words, with the layer and in the light of the scene. */
  #write(): void {
    const night = this.#stage.light().night > 0.5;
    const labels = this.#seen ? [...this.#zones.values()].map((zone) => zone.label(night)) : [];
    const labelled = canonical(labels);
    if (labelled !== this.#labelled) this.#stage.labels(labels);
    this.#labelled = labelled;
  }

  #mark(zones: readonly Zone[]): void {
    const answers = zones.flatMap((zone) => zone.painted ?? []);
    const same = answers.length === this.#marked.length && answers.every((answer, i) => answer === this.#marked[i]);
    if (same) return;
    this.#marked = answers;
    const marks: Mark[] = answers.map(({ numbers }) => ({ numbers, colour: AFFECTED, strength: 0.88 }));
    if (this.#features) this.#stage.marks.set(this.#features, marks.length > 0 ? marks : null);
    this.#stage.changed();
  }

  #say(zones: readonly Zone[]): void {
    const running = zones.filter((zone) => zone.progress !== null);
    const failed = zones.filter((zone) => zone.failed).length;
    const buildings = new Set(zones.flatMap((zone) => (zone.affected ? [...zone.affected.numbers] : [])));
    const parts: Text[] = [];
    if (zones.length === 0) parts.push({ zh: '没有事件', en: 'no incidents' });
    else if (!this.#sources.companion) parts.push({ zh: `${zones.length} 起事件；数据中没有建筑，无法统计`, en: `incidents: ${zones.length}; no buildings in the data, nothing to count` });
    else parts.push({ zh: `${zones.length} 起事件，影响建筑 ${buildings.size.toLocaleString('en-US')} 栋`, en: `incidents: ${zones.length}, buildings affected: ${buildings.size.toLocaleString('en-US')}` });
    if (running.length > 0) parts.push({ zh: '统计中…', en: 'counting…' });
    if (failed > 0) parts.push({ zh: `${failed} 起未能统计`, en: `${failed} could not be counted` });
    this.#stage.status({
      state: running.length > 0 ? 'loading' : failed > 0 ? 'failed' : 'ready',
      progress: running.length > 0 ? zones.reduce((sum, zone) => sum + (zone.progress ?? 1), 0) / zones.length : null,
      count: this.#sources.companion ? buildings.size : zones.length,
      message: { zh: parts.map((part) => part.zh).join('；'), en: parts.map((part) => part.en).join('; ') },
    });
  }
}

function zoneExtent(zone: Zone): Extent {
  const { radius } = zone.incident;
  const local = placer(zone.anchor);
  const at = (east: number, north: number): number[] => local.unplace(east, north, 0, [0, 0, 0]);
  return { west: at(-radius, 0)[0], south: at(0, -radius)[1], east: at(radius, 0)[0], north: at(0, radius)[1], top: zone.ground + STEM };
}
