/** One user of one app. */
export interface UserRef {
  readonly sdkAppId: number;
  readonly userId: string;
}
