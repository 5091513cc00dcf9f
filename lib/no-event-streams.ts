/**
 * What bundles import in place of the SDK's event streams: 7 KB of each for S3 Select and Lambda's streamed answers, which no function
 * asks for.
 */
export const eventStreamSerdeProvider = () => undefined;
export const resolveEventStreamSerdeConfig = <Config>(config: Config): Config => config;
