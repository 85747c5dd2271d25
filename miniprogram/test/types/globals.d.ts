declare const uni: unknown;
