/** What a client may do by itself after a code. */
export type Retry =
  /** Nothing: the application must change something first. */
  | 'never'
  /** The same request again, after `retryAfterMs`. */
  | 'later'
  /** The same request with a new ticket, once. */
  | 'newTicket';

interface AnswerCode {
  readonly code: number;
  /** Tencent's symbol for the number. */
  readonly tencent: string;
  readonly retry: Retry;
  readonly text: string;
}

/** Codes that answer a request; the connection lives. Numbers and meanings are Tencent Chat's. */
export const answerCodes = {
  notLoggedIn: {
    code: 6014,
    tencent: 'ERR_SDK_NOT_LOGGED_IN',
    retry: 'never',
    text: 'no user is logged in on this connection: send a login frame first',
  },
  userNotVisible: {
    code: 6011,
    tencent: 'ERR_TO_USER_INVALID',
    retry: 'never',
    text: 'this user does not show herself to the one who asks',
  },
  invalidParameters: {
    code: 6017,
    tencent: 'ERR_INVALID_PARAMETERS',
    retry: 'never',
    text: 'a field of the request is missing or has the wrong shape',
  },
  loggedOutBeforeLoginFinished: {
    code: 6023,
    tencent: 'ERR_LOGGED_OUT_BEFORE_LOGIN_FINISHED',
    retry: 'never',
    text: 'a logout arrived while the login was running',
  },
  userSigExpired: {
    code: 6206,
    tencent: 'ERR_USER_SIG_EXPIRED',
    retry: 'newTicket',
    text: 'the ticket ended while the user was online: get a new UserSig, then renew or log in',
  },
  kickedOffByOther: {
    code: 6208,
    tencent: 'ERR_LOGIN_KICKED_OFF_BY_OTHER',
    retry: 'never',
    text: 'this instance was kicked: only a login the user asks for may follow',
  },
  invalidUserId: {
    code: 7003,
    tencent: 'ERR_SDK_COMM_INVALID_IDENTIFIER',
    retry: 'never',
    text: 'a UserID is 1-32 characters of letters, digits, _ and -',
  },
  tooManyCalls: {
    code: 7008,
    tencent: 'ERR_SDK_COMM_API_CALL_FREQUENCY_LIMIT',
    retry: 'later',
    text: 'too many requests of this kind: wait for the delay',
  },
  notSupported: {
    code: 7013,
    tencent: 'ERR_SDK_INTERFACE_NOT_SUPPORT',
    retry: 'never',
    text: 'this gateway does not know the request',
  },
  loginInProcess: {
    code: 7501,
    tencent: 'ERR_SDK_ACCOUNT_LOGIN_IN_PROCESS',
    retry: 'never',
    text: 'a login is running on this connection: wait for its answer',
  },
  logoutInProcess: {
    code: 7502,
    tencent: 'ERR_SDK_ACCOUNT_LOGOUT_IN_PROCESS',
    retry: 'never',
    text: 'a logout is running on this connection: wait for its answer',
  },
  ticketExpired: {
    code: 70001,
    tencent: 'ERR_SVR_ACCOUNT_USERSIG_EXPIRED',
    retry: 'newTicket',
    text: 'the UserSig has expired: get a new one',
  },
  ticketEmpty: {
    code: 70002,
    tencent: 'ERR_SVR_ACCOUNT_USERSIG_EMPTY',
    retry: 'never',
    text: 'the UserSig is empty',
  },
  ticketMalformed: {
    code: 70003,
    tencent: 'ERR_SVR_ACCOUNT_USERSIG_CHECK_FAILED',
    retry: 'never',
    text: 'the UserSig is damaged or cut off',
  },
  ticketFieldsInvalid: {
    code: 70005,
    tencent: 'ERR_SVR_ACCOUNT_USERSIG_CHECK_FAILED_EX',
    retry: 'never',
    text: 'the UserSig unpacks, but its fields are missing or of the wrong kind',
  },
  ticketForged: {
    code: 70009,
    tencent: 'ERR_SVR_ACCOUNT_USERSIG_MISMATCH_PUBLICKEY',
    retry: 'never',
    text: 'the signature does not fit: the UserSig was made with another key',
  },
  ticketUserMismatch: {
    code: 70013,
    tencent: 'ERR_SVR_ACCOUNT_USERSIG_MISMATCH_ID',
    retry: 'never',
    text: 'the UserSig belongs to another UserID',
  },
  ticketAppMismatch: {
    code: 70014,
    tencent: 'ERR_SVR_ACCOUNT_USERSIG_MISMATCH_SDKAPPID',
    retry: 'never',
    text: 'the UserSig belongs to another SDKAppID',
  },
  appKeyNotFound: {
    code: 70016,
    tencent: 'ERR_SVR_ACCOUNT_USERSIG_PUBLICKEY_NOT_FOUND',
    retry: 'never',
    text: 'every key of this app has ended: the operator must add one',
  },
  appNotFound: {
    code: 70020,
    tencent: 'ERR_SVR_ACCOUNT_SDKAPPID_NOT_FOUND',
    retry: 'never',
    text: 'this gateway serves no such SDKAppID',
  },
  tooManyFailures: {
    code: 70050,
    tencent: 'ERR_SVR_ACCOUNT_FREQ_LIMIT',
    retry: 'never',
    text: 'too many refused logins on this connection: it closes',
  },
  userBanned: {
    code: 70051,
    tencent: 'ERR_SVR_ACCOUNT_BLACKLIST',
    retry: 'never',
    text: 'this user is banned',
  },
  ticketInvalid: {
    code: 70052,
    tencent: 'ERR_SVR_ACCOUNT_INVALID_USERSIG',
    retry: 'never',
    text: 'the UserSig was issued before a revocation, or is dated in the future',
  },
  kickWar: {
    code: 70114,
    tencent: 'ERR_SVR_ACCOUNT_SEC_RSTR',
    retry: 'later',
    text: 'devices of this user push one another out too often: try again after the delay',
  },
  registryUnavailable: {
    code: 70169,
    tencent: 'ERR_SVR_ACCOUNT_INTERNAL_TIMEOUT',
    retry: 'later',
    text: 'the session registry did not answer: try again after the delay',
  },
  internalError: {
    code: 70500,
    tencent: 'ERR_SVR_ACCOUNT_INTERNAL_ERROR',
    retry: 'later',
    text: 'the gateway failed at this request: try again after the delay',
  },
  presenceOff: {
    code: 72001,
    tencent: 'ERR_SVR_USER_STATUS_DISABLED',
    retry: 'never',
    text: 'nobody can be watched or asked for: presence is off here',
  },
  messageRefused: {
    code: 20006,
    tencent: 'refused by the before-callback',
    retry: 'never',
    text: "the app's back end does not let this message through",
  },
  visibilityUnknown: {
    code: 80003,
    tencent: 'before-callback failed',
    retry: 'later',
    text: "the app's back end did not say whether this user may be seen, or the message sent: try again after the delay",
  },
} as const satisfies Record<string, AnswerCode>;

/** The name of an answer code, as in the table. */
export type AnswerCodeName = keyof typeof answerCodes;

interface CloseCode {
  readonly code: number;
  readonly text: string;
}

/**
 * Codes that end a connection. 4000-4499: come back by yourself, with back-off; 4500-4999: final, only
 * the application's own login leaves it. A client that meets an unknown code goes by its range.
 */
export const closeCodes = {
  goingAway: {
    code: 4000,
    text: 'the node leaves service: come back after the delay you were told',
  },
  loginTimeout: { code: 4001, text: 'no login within the time allowed' },
  slowConsumer: { code: 4002, text: 'the client reads too slowly and would miss frames' },
  internalError: { code: 4003, text: 'the gateway failed on this connection' },
  kicked: { code: 4500, text: 'another login or the back end ended this session' },
  replaced: { code: 4501, text: 'the same instance logged in on another connection' },
  ticketExpired: { code: 4502, text: 'the ticket ended and was not renewed in time' },
  badFrame: { code: 4503, text: 'what the client sent is no frame of this protocol' },
  tooManyFailures: { code: 4504, text: 'too many refused logins' },
  tooManyFrames: { code: 4505, text: 'the client sends more frames than it may' },
} as const satisfies Record<string, CloseCode>;

/** The name of a close code, as in the table. */
export type CloseCodeName = keyof typeof closeCodes;

/** Whether a close code tells the client to stay away until its application logs in again. */
export function isFinal(closeCode: number): boolean {
  return closeCode >= 4500 && closeCode <= 4999;
}
