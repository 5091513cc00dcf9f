/** What of a dump is never sent to the server, because it is about owners, other databases, or the limits of our own session. Pure. */

/** `harmless`: the restore is whole without it. `hostile`: no dump of one database has a reason to say it. */
export type Withheld = { class: 'harmless' | 'hostile'; what: string };

/** Two quotes inside a quoted name read as the end of one and the beginning of the next, so that there is one way to read it only. */
const NAME = '(?:(?:"[^"]*")+|[\\w$]+)';

const RULES: { matches: RegExp; withheld: Withheld }[] = [
  {
    matches: new RegExp(`^ALTER\\s(?:"[^"]*"|[^;'"])*\\sOWNER TO ${NAME}\\s*;?$`, 'i'),
    withheld: { class: 'harmless', what: 'an owner: all that is restored belongs to the restore’s own role' },
  },
  {
    matches: /^(GRANT|REVOKE|ALTER DEFAULT PRIVILEGES)\s/i,
    withheld: { class: 'harmless', what: 'a grant: nobody but the restore’s own role gets at what is restored' },
  },
  {
    matches: /^(SET|RESET) (SESSION |LOCAL )?SESSION AUTHORIZATION\b/i,
    withheld: { class: 'harmless', what: 'an owner: all that is restored belongs to the restore’s own role' },
  },
  {
    matches: /^(CREATE|ALTER|DROP|COMMENT ON|SECURITY LABEL\b.* ON) DATABASE\s/i,
    withheld: { class: 'harmless', what: 'the database itself: the dump is restored into a scratch database instead' },
  },
  {
    // A dump lifts such limits for itself. The restore has a deadline, and keeps its own.
    matches:
      /^SET (SESSION |LOCAL )?(statement_timeout|lock_timeout|idle_in_transaction_session_timeout|transaction_timeout|idle_session_timeout|client_connection_check_interval|synchronous_commit)\s*(=|TO\s)/i,
    withheld: { class: 'harmless', what: 'a limit of the session: the restore keeps its own' },
  },
  {
    // Our own role could be told another password, and would never get in again.
    matches: /^((CREATE|ALTER|DROP) (ROLE|GROUP|USER(?! MAPPING))|(REASSIGN|DROP) OWNED)\b/i,
    withheld: { class: 'hostile', what: 'it would change roles, and a dump of one database holds none' },
  },
  {
    matches: /^(PREPARE TRANSACTION|COMMIT PREPARED|ROLLBACK PREPARED)\b/i,
    withheld: { class: 'hostile', what: 'it would leave a transaction behind that outlives the restore' },
  },
];

/** @param head as `headOf` tells it */
export function withheldOf(head: string): Withheld | undefined {
  return RULES.find(({ matches }) => matches.test(head))?.withheld;
}

/** psql's own protection against what CVE-2025-8714 did, and the way to the database that we are in already. */
const OWN_COMMANDS = /^\\(restrict|unrestrict|connect|c|encoding)\b/;

/** A line for psql is never carried out, whatever it says: it may be any program. */
export function psqlCommandOf(text: string): Withheld {
  return OWN_COMMANDS.test(text)
    ? { class: 'harmless', what: 'a command of psql, which is not needed here' }
    : { class: 'hostile', what: 'a command of psql that no dump needs (CVE-2025-8714); it was not carried out' };
}
