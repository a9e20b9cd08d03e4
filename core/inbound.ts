/** Slack's request as it arrived, so that the function that handles it can verify the signature again. */
export interface SignedRequest {
  /** The raw body, as signed. */
  readonly body: string;
  /** Header `x-slack-request-timestamp`, Unix seconds. */
  readonly timestamp: string;
  /** Header `x-slack-signature`. */
  readonly signature: string;
}

/**
 * A button that needs words: the receiver opens a dialog, and `command` fills it. Every other button is a vote, and goes
 * straight to `approve`.
 */
export const needsWords = (actionId: string): boolean => actionId.startsWith('modal:');

/** What the receiver hands over. Only ids are trusted; everything shown is rendered from the ledger. */
export type Inbound =
  | {
      /** A slash command; invoked asynchronously. */
      readonly kind: 'command';
      readonly signed: SignedRequest;
      /** The modal that the receiver opened as a loading view (`promote` only); undefined when views.open failed. */
      readonly viewId?: string;
    }
  | {
      /** A button, for `command` (`needsWords`) or `approve`; invoked asynchronously. */
      readonly kind: 'action';
      readonly signed: SignedRequest;
      /** A modal that the receiver opened as a loading view because the button needs words. */
      readonly viewId?: string;
    }
  | {
      /** A dialog's submission; invoked synchronously, since field errors must be in the answer. */
      readonly kind: 'submission';
      readonly signed: SignedRequest;
    };

/** The answer to a `submission`: the body that Slack gets. `null` closes the dialog. */
export type SubmissionAnswer = null | {
  readonly response_action: 'errors';
  readonly errors: Readonly<Record<string, string>>;
};
