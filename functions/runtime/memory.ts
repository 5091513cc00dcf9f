/**
 * V8 learns which objects live long, and makes the next ones of their kind straight in its old generation. A stream teaches it
 * the wrong thing: the few findings that a report keeps live long, so the thousands after them are made there too, and each
 * keeps the whole text of which its target is a part. That was 50 MB more at the peak of an audit of a million keys.
 */
import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--no-allocation-site-pretenuring');
