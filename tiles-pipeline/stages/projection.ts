export { fromDegrees, toDegrees, type ToDegrees } from '../projection/projector.ts';
