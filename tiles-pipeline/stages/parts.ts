import type { Account } from './account.ts';
import { ImageryPart } from './imagery.ts';
import type { Part } from './part.ts';
import { PointsPart } from './points.ts';

/** The parts of a city beside its features, networks, models and ground. A new one is one line here. */
export function partsOf(account: Account): Part[] {
  return [new ImageryPart(), new PointsPart(account)];
}
