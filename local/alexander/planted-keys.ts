/** The planted night: a handful of keys, each with one thing wrong with it or nothing, and why. */
import type { KeyShape } from './schema.ts';

type Plant =
  | 'healthy'
  | 'used-one-minute-ago'
  | 'idle-120-days'
  | 'idle-400-days'
  | 'idle-91-days'
  | 'warn-soon-80-days'
  | 'never-used-old'
  | 'never-used-new'
  | 'never-used-before-tracking'
  | 'expired-but-active'
  | 'owner-inactive'
  | 'too-many-keys'
  | 'exempt-key'
  | 'exempt-owner'
  | 'last-key-of-owner-idle'
  | 'disabled-long-ago';

/** Ages in days before the database's own now(); a fraction is hours or minutes. */
export type PlantedKey = {
  plant: Plant;
  /** Exactly 20 characters of A-Z and 0-9, as Alexander demands. */
  keyId: string;
  owner: string;
  createdDaysAgo: number;
  /** Absent: never used. */
  usedDaysAgo?: number;
  /** Absent: active. */
  active?: false;
  /** How long ago the key expired. Such a key is planted only in the shape that knows an expiry. */
  expiredDaysAgo?: number;
};

/** When Alexander began to record uses, in days before now: what was never used before then may well have been used. */
export const TRACKING_SINCE_DAYS_AGO = 730;

/** To be named in the audit's `exemptKeys` and `exemptOwners`. */
export const EXEMPT_KEY = 'AKBREAKGLASS00000001';
export const EXEMPT_OWNER = 'backup-agent';

/** The one owner whose account is turned off. */
export const INACTIVE_OWNER = 'former-colleague';

const MINUTE = 1 / (24 * 60);

type Days = Pick<PlantedKey, 'createdDaysAgo' | 'usedDaysAgo' | 'expiredDaysAgo' | 'active'>;

const key = (plant: Plant, keyId: string, owner: string, days: Days): PlantedKey => ({ plant, keyId, owner, ...days });

/**
 * Written for 90 idle days, a warning from 75, and at most two active keys for each owner. Whoever owns a key that is idle
 * has a busy one as well, except where the plant is about an owner's last key.
 */
const ALL: PlantedKey[] = [
  key('healthy', 'AKADALAPTOP000000001', 'ada', { createdDaysAgo: 300, usedDaysAgo: 1 }),
  key('idle-120-days', 'AKADAOLDSCRIPT000002', 'ada', { createdDaysAgo: 500, usedDaysAgo: 120 }),
  key('healthy', 'AKGRACEPIPELINE00001', 'grace', { createdDaysAgo: 60, usedDaysAgo: 3 }),
  key('idle-400-days', 'AKGRACEMIGRATION0002', 'grace', { createdDaysAgo: 900, usedDaysAgo: 400 }),
  key('healthy', 'AKLINUSDEPLOY0000001', 'linus', { createdDaysAgo: 700, usedDaysAgo: 30 }),
  key('idle-91-days', 'AKLINUSSTAGING000002', 'linus', { createdDaysAgo: 91.5, usedDaysAgo: 91 }),
  key('healthy', 'AKMARGARETREPORTS001', 'margaret', { createdDaysAgo: 150, usedDaysAgo: 70 }),
  key('warn-soon-80-days', 'AKMARGARETMONTHLY002', 'margaret', { createdDaysAgo: 400, usedDaysAgo: 80 }),
  key('disabled-long-ago', 'AKMARGARETRETIRED003', 'margaret', {
    createdDaysAgo: 1000,
    usedDaysAgo: 600,
    active: false,
  }),
  key('used-one-minute-ago', 'AKDENNISSERVER000001', 'dennis', { createdDaysAgo: 650, usedDaysAgo: MINUTE }),
  key('never-used-old', 'AKDENNISFORGOTTEN002', 'dennis', { createdDaysAgo: 130 }),
  key('healthy', 'AKBARBARALAPTOP00001', 'barbara', { createdDaysAgo: 20, usedDaysAgo: 2 }),
  key('never-used-new', 'AKBARBARATHISMORNING', 'barbara', { createdDaysAgo: 0.2 }),
  key('healthy', 'AKDONALDTYPESETTER01', 'donald', { createdDaysAgo: 90, usedDaysAgo: 10 }),
  key('never-used-before-tracking', 'AKDONALDARCHIVE00002', 'donald', { createdDaysAgo: 950 }),
  key('last-key-of-owner-idle', 'AKEDSGERONLYKEY00001', 'edsger', { createdDaysAgo: 600, usedDaysAgo: 200 }),
  key('too-many-keys', 'AKALANMACHINE0000001', 'alan', { createdDaysAgo: 80, usedDaysAgo: 4 }),
  key('too-many-keys', 'AKALANMACHINE0000002', 'alan', { createdDaysAgo: 50, usedDaysAgo: 5 }),
  key('too-many-keys', 'AKALANMACHINE0000003', 'alan', { createdDaysAgo: 10, usedDaysAgo: 6 }),
  key('owner-inactive', 'AKFORMERCOLLEAGUE001', INACTIVE_OWNER, { createdDaysAgo: 200, usedDaysAgo: 5 }),
  key('healthy', 'AKOPSCONSOLE00000001', 'operations', { createdDaysAgo: 30, usedDaysAgo: 0.5 }),
  key('exempt-key', EXEMPT_KEY, 'operations', { createdDaysAgo: 500 }),
  key('exempt-owner', 'AKBACKUPAGENT0000001', EXEMPT_OWNER, { createdDaysAgo: 700, usedDaysAgo: 365 }),
  key('healthy', 'AKKATHERINEORBIT0001', 'katherine', { createdDaysAgo: 45, usedDaysAgo: 8 }),
  key('expired-but-active', 'AKKATHERINETRIAL0002', 'katherine', {
    createdDaysAgo: 40,
    usedDaysAgo: 6,
    expiredDaysAgo: 10,
  }),
];

/** The keys that a table of this shape can hold. */
export const plantedKeys = (shape: KeyShape): PlantedKey[] =>
  shape === 'word' ? ALL : ALL.filter(({ expiredDaysAgo }) => expiredDaysAgo === undefined);
