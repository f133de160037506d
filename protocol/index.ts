export * from './codec.ts';
export * from './codes.ts';
export * from './frames.ts';
export * from './limits.ts';
export * from './platforms.ts';
export * from './shared-frame.ts';
