/** Media types by file extension. Text is UTF-8: what is written today is, and a browser that must guess guesses worse. */

const TEXT: Readonly<Record<string, string>> = {
  css: "text/css",
  csv: "text/csv",
  htm: "text/html",
  html: "text/html",
  ics: "text/calendar",
  js: "text/javascript",
  log: "text/plain",
  markdown: "text/markdown",
  md: "text/markdown",
  mjs: "text/javascript",
  cjs: "text/javascript",
  text: "text/plain",
  tsv: "text/tab-separated-values",
  txt: "text/plain",
  vcf: "text/vcard",
  vtt: "text/vtt",
  yaml: "application/yaml",
  yml: "application/yaml",
};

/** Types whose charset is fixed or stands in the document. */
const PLAIN: Readonly<Record<string, string>> = {
  atom: "application/atom+xml",
  bmp: "image/bmp",
  eot: "application/vnd.ms-fontobject",
  geojson: "application/geo+json",
  glb: "model/gltf-binary",
  gltf: "model/gltf+json",
  ico: "image/vnd.microsoft.icon",
  json: "application/json",
  jsonld: "application/ld+json",
  map: "application/json",
  m3u8: "application/vnd.apple.mpegurl",
  mpd: "application/dash+xml",
  otf: "font/otf",
  pdf: "application/pdf",
  ps: "application/postscript",
  rdf: "application/rdf+xml",
  rss: "application/rss+xml",
  rtf: "application/rtf",
  svg: "image/svg+xml",
  tar: "application/x-tar",
  ttf: "font/ttf",
  wasm: "application/wasm",
  wav: "audio/wav",
  webmanifest: "application/manifest+json",
  xhtml: "application/xhtml+xml",
  xml: "application/xml",
  xsl: "application/xml",
};

/** Types that are compressed already: nobody keeps `photo.jpg.br`, so nothing is looked for. */
const COMPRESSED: Readonly<Record<string, string>> = {
  "7z": "application/x-7z-compressed",
  aac: "audio/aac",
  apk: "application/vnd.android.package-archive",
  apng: "image/apng",
  avif: "image/avif",
  br: "application/octet-stream",
  bz2: "application/x-bzip2",
  deb: "application/vnd.debian.binary-package",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  epub: "application/epub+zip",
  flac: "audio/flac",
  gif: "image/gif",
  gz: "application/gzip",
  heic: "image/heic",
  jar: "application/java-archive",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  jxl: "image/jxl",
  m4a: "audio/mp4",
  m4v: "video/mp4",
  mkv: "video/matroska",
  mov: "video/quicktime",
  mp3: "audio/mpeg",
  mp4: "video/mp4",
  mpeg: "video/mpeg",
  odt: "application/vnd.oasis.opendocument.text",
  oga: "audio/ogg",
  ogg: "audio/ogg",
  ogv: "video/ogg",
  opus: "audio/ogg",
  png: "image/png",
  pptx: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  rpm: "application/x-rpm",
  tgz: "application/gzip",
  ts: "video/mp2t",
  weba: "audio/webm",
  webm: "video/webm",
  webp: "image/webp",
  woff: "font/woff",
  woff2: "font/woff2",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  xz: "application/x-xz",
  zip: "application/zip",
  zst: "application/zstd",
};

export interface FileType {
  /** Value of Content-Type. */
  readonly type: string;
  /** A compressed sibling may be worth looking for. */
  readonly compressible: boolean;
}

/** RFC 9110 §8.3: the type of unknown data. */
const UNKNOWN: FileType = { type: "application/octet-stream", compressible: true };

const TYPES: ReadonlyMap<string, FileType> = new Map([
  ...entries(TEXT, (type) => ({ type: `${type}; charset=utf-8`, compressible: true })),
  ...entries(PLAIN, (type) => ({ type, compressible: true })),
  ...entries(COMPRESSED, (type) => ({ type, compressible: false })),
]);

function entries(table: Readonly<Record<string, string>>, make: (type: string) => FileType): Array<[string, FileType]> {
  return Object.entries(table).map(([extension, type]) => [extension, make(type)]);
}

/** The type of a file by the last extension of its name, in any case. */
export function fileType(name: string): FileType {
  const dot = name.lastIndexOf(".");
  return dot <= 0 ? UNKNOWN : (TYPES.get(name.slice(dot + 1).toLowerCase()) ?? UNKNOWN);
}
