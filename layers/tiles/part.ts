import type { Card, Condition, Extent, Hit, LayerDocument, Legend, PointLook, SceneDocument, Stage, Text } from '#engine';
import type { CityCatalogue } from '#models';

/** What a card may need beside the feature itself. */
export interface CardAsk {
  readonly city: CityCatalogue | null;
  readonly document: LayerDocument;
  readonly stage: Stage;
  /** Absolute URL of the layer's entry; references of the catalogue count from it. */
  readonly url: string;
}

/** One storey alone, or with all below it. */
export interface StoreyChoice {
  /** A storey's id in the catalogue. */
  readonly id: string;
  readonly show: 'only' | 'below';
}

/** Which part of a city folder a layer of tiles shows, and what it knows of its features. */
export interface Part {
  readonly look: 'city' | 'model' | 'points';
  /** Whether the entry may be anybody's tileset.json instead of a city folder. */
  readonly foreign: boolean;
  /** @throws TwinError `not-found` where the folder has no such part */
  of(city: CityCatalogue, layer: string): { readonly tileset: string; readonly features: string | null; readonly count: number; readonly cimLevel: string | null };
  extent(city: CityCatalogue): Extent;
  /** How points are drawn, where it is a cloud, and what their colours mean. */
  points?(document: LayerDocument, city: CityCatalogue | null): { readonly look: PointLook; readonly legend: Legend | null };
  /** Conditions beside the document's filter. */
  conditions(document: LayerDocument, city: CityCatalogue): readonly Condition[];
  /** Feature numbers hidden beside those of the document. */
  hidden(document: LayerDocument, city: CityCatalogue, scene: SceneDocument): readonly number[];
  card(hit: Hit, ask: CardAsk): Promise<Card> | Card;
  /** What its status should say beside loading: what a person must know of the data, what is hidden. */
  notes(document: LayerDocument, city: CityCatalogue, scene: SceneDocument): Text[];
  passing(shown: number, all: number): Text;
}
