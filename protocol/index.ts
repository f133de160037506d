export * from './codec.ts';
export * from './codes.ts';
export * from './frames.ts';
export * from './kick-types.ts';
export * from './limits.ts';
export * from './platforms.ts';
export { presenceStates, type PresenceState } from './presence-fields.ts';
export { isPushTooLong } from './push-fields.ts';
export * from './shared-frame.ts';
