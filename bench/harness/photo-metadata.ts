/**
 * Job payloads as a photo platform has them: the metadata of a photo as a reader of EXIF tells it (some 4 KB of
 * JSON), and what a pipeline returns for it (some 6 KB).
 *
 * Names and constant values are those that cameras write. What differs between photos really differs: ids, digests,
 * times, places, exposures, sizes, the boxes and scores of what was found. The same random numbers give the same
 * photos. Nothing here is of a real person.
 */

type Random = () => number;

interface Camera {
  readonly make: string;
  readonly model: string;
  readonly software: string;
  readonly lens: string;
  readonly focalLengths: readonly number[];
  readonly apertures: readonly number[];
  readonly crop: number;
  readonly width: number;
  readonly height: number;
}

const CAMERAS: readonly Camera[] = [
  {
    make: 'Apple',
    model: 'iPhone 14 Pro',
    software: '17.4.1',
    lens: 'iPhone 14 Pro back triple camera 6.86mm f/1.78',
    focalLengths: [2.22, 6.86, 9],
    apertures: [1.78, 2.2, 2.8],
    ...{ crop: 3.5, width: 4032, height: 3024 },
  },
  {
    make: 'samsung',
    model: 'SM-S918B',
    software: 'S918BXXS6CXD1',
    lens: 'Samsung Galaxy S23 Ultra Rear Main Camera',
    focalLengths: [2.2, 6.3, 7.9, 18.6],
    apertures: [1.7, 2.2, 2.4, 4.9],
    ...{ crop: 3.65, width: 4000, height: 3000 },
  },
  {
    make: 'Canon',
    model: 'Canon EOS R6m2',
    software: 'Firmware Version 1.4.0',
    lens: 'RF24-105mm F4 L IS USM',
    focalLengths: [24, 28, 35, 43, 50, 61, 70, 85, 105],
    apertures: [4, 5.6, 6.3, 8, 11],
    ...{ crop: 1, width: 6000, height: 4000 },
  },
  {
    make: 'NIKON CORPORATION',
    model: 'NIKON Z 6_2',
    software: 'Ver.01.60',
    lens: 'NIKKOR Z 24-70mm f/4 S',
    focalLengths: [24, 26, 32, 35, 46, 50, 63, 70],
    apertures: [4, 4.5, 5.6, 7.1, 9],
    ...{ crop: 1, width: 6048, height: 4024 },
  },
];
const LABELS = [
  ...['person', 'outdoor', 'sky', 'tree', 'building', 'water', 'dog', 'cat', 'car', 'bicycle'],
  ...['food', 'table', 'flower', 'mountain', 'beach', 'street', 'night', 'child', 'smile', 'cloud'],
];
const CITIES = ['Lisbon', 'Hamburg', 'Graz', 'Lyon', 'Porto', 'Turin', 'Malmö', 'Ghent', 'Łódź'];
const VARIANTS = [
  { name: 'thumb', edge: 256, format: 'webp' },
  { name: 'small', edge: 640, format: 'webp' },
  { name: 'medium', edge: 1280, format: 'webp' },
  { name: 'large', edge: 2048, format: 'avif' },
  { name: 'social', edge: 1200, format: 'jpeg' },
  { name: 'full', edge: 4096, format: 'avif' },
];

const pick = <T>(random: Random, from: readonly T[]): T =>
  from[Math.floor(random() * from.length)]!;
const between = (random: Random, low: number, high: number): number =>
  low + Math.floor(random() * (high - low + 1));
const round = (value: number, digits: number): number => Number(value.toFixed(digits));
const hex = (random: Random, digits: number): string =>
  Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('');
const uuid = (random: Random): string =>
  hex(random, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

/** Epoch milliseconds of a photo, within two years. */
function takenAt(random: Random): number {
  return 1_704_067_200_000 + Math.floor(random() * 63_072_000_000);
}

const exifTime = (epochMs: number): string =>
  new Date(epochMs).toISOString().slice(0, 19).replaceAll('-', ':').replace('T', ' ');

/** The data of a job: what is known of a photo before it is worked on. */
export function photoData(random: Random): Record<string, unknown> {
  const camera = pick(random, CAMERAS);
  const at = takenAt(random);
  const time = exifTime(at);
  const fraction = String(between(random, 0, 999)).padStart(3, '0');
  const focal = pick(random, camera.focalLengths);
  const aperture = pick(random, camera.apertures);
  const denominator = pick(
    random,
    [8, 15, 30, 60, 100, 121, 160, 200, 250, 320, 500, 1000, 2000, 3205],
  );
  const iso = pick(random, [32, 50, 64, 80, 100, 125, 200, 250, 400, 640, 800, 1600, 3200, 6400]);
  const [latitude, longitude] = [round(36 + random() * 22, 6), round(-9 + random() * 30, 6)];
  const photoId = uuid(random);
  const owner = between(random, 10_000, 9_999_999);
  const name = `IMG_${between(random, 1, 9999)}`;
  return {
    photoId,
    tenantId: `t_${between(random, 1, 400)}`,
    ownerId: `u_${owner}`,
    uploadId: uuid(random),
    source: {
      bucket: 'photos-originals-eu',
      key: `originals/${owner}/${time.slice(0, 4)}/${photoId}/${name}.jpg`,
      etag: hex(random, 32),
      sha256: hex(random, 64),
      contentType: 'image/jpeg',
      bytes: between(random, 1_800_000, 14_000_000),
    },
    requestedAt: new Date(at + between(random, 1_000, 9e9)).toISOString(),
    exif: {
      FileName: `${name}.jpg`,
      FileType: 'JPEG',
      FileTypeExtension: 'jpg',
      MIMEType: 'image/jpeg',
      ExifByteOrder: 'Big-endian (Motorola, MM)',
      Make: camera.make,
      Model: camera.model,
      Orientation: pick(random, ['Horizontal (normal)', 'Rotate 90 CW', 'Rotate 180']),
      XResolution: 72,
      YResolution: 72,
      ResolutionUnit: 'inches',
      Software: camera.software,
      ModifyDate: time,
      YCbCrPositioning: 'Centered',
      ExposureTime: `1/${denominator}`,
      FNumber: aperture,
      ExposureProgram: pick(random, ['Program AE', 'Aperture-priority AE', 'Manual']),
      ISO: iso,
      SensitivityType: 'Recommended Exposure Index',
      RecommendedExposureIndex: iso,
      ExifVersion: '0232',
      DateTimeOriginal: time,
      CreateDate: time,
      OffsetTime: '+02:00',
      OffsetTimeOriginal: '+02:00',
      OffsetTimeDigitized: '+02:00',
      ComponentsConfiguration: 'Y, Cb, Cr, -',
      ShutterSpeedValue: `1/${denominator}`,
      ApertureValue: aperture,
      BrightnessValue: round(random() * 12 - 2, 9),
      ExposureCompensation: pick(random, [0, 0, 0, -0.33, 0.33, -0.67, 1]),
      MaxApertureValue: Math.min(...camera.apertures),
      SubjectDistance: `${round(random() * 20, 2)} m`,
      MeteringMode: pick(random, ['Multi-segment', 'Spot', 'Center-weighted average']),
      LightSource: 'Unknown',
      Flash: pick(random, ['Off, Did not fire', 'Auto, Fired', 'No Flash']),
      FocalLength: `${focal.toFixed(1)} mm`,
      SubjectArea: `${between(random, 300, camera.width)} ${between(random, 300, camera.height)} ${between(random, 400, 2600)} ${between(random, 400, 2600)}`,
      SubSecTime: fraction,
      SubSecTimeOriginal: fraction,
      SubSecTimeDigitized: fraction,
      FlashpixVersion: '0100',
      ColorSpace: pick(random, ['sRGB', 'Uncalibrated']),
      ExifImageWidth: camera.width,
      ExifImageHeight: camera.height,
      InteropIndex: 'R98 - DCF basic file (sRGB)',
      InteropVersion: '0100',
      SensingMethod: 'One-chip color area',
      FileSource: 'Digital Camera',
      SceneType: 'Directly photographed',
      CustomRendered: 'Normal',
      ExposureMode: pick(random, ['Auto', 'Manual']),
      WhiteBalance: pick(random, ['Auto', 'Auto', 'Manual']),
      DigitalZoomRatio: pick(random, [1, 1, 1.2, 2]),
      FocalLengthIn35mmFormat: `${Math.round(focal * camera.crop)} mm`,
      SceneCaptureType: 'Standard',
      GainControl: pick(random, ['None', 'Low gain up']),
      Contrast: 'Normal',
      Saturation: 'Normal',
      Sharpness: 'Normal',
      SubjectDistanceRange: 'Unknown',
      ImageUniqueID: hex(random, 32),
      SerialNumber: String(between(random, 1_000_000, 99_999_999)),
      LensInfo: camera.lens.includes('mm') ? '24-105mm f/4' : '2.2-18.6mm f/1.7-4.9',
      LensMake: camera.make,
      LensModel: camera.lens,
      LensSerialNumber: hex(random, 10),
      ShutterCount: between(random, 12, 240_000),
      GPSVersionID: '2.3.0.0',
      GPSLatitudeRef: 'North',
      GPSLatitude: latitude,
      GPSLongitudeRef: longitude < 0 ? 'West' : 'East',
      GPSLongitude: longitude,
      GPSAltitudeRef: 'Above Sea Level',
      GPSAltitude: `${round(random() * 900, 1)} m`,
      GPSTimeStamp: time.slice(11),
      GPSDateStamp: time.slice(0, 10),
      GPSSpeedRef: 'km/h',
      GPSSpeed: round(random() * 6, 8),
      GPSImgDirectionRef: 'True North',
      GPSImgDirection: round(random() * 360, 6),
      GPSHPositioningError: `${round(random() * 30, 4)} m`,
      MakerNoteVersion: 14,
      RunTimeFlags: 'Valid',
      RunTimeValue: between(random, 1e9, 9e14),
      RunTimeScale: 1_000_000_000,
      RunTimeEpoch: 0,
      AEStable: 'Yes',
      AETarget: between(random, 120, 240),
      AEAverage: between(random, 120, 240),
      AFStable: pick(random, ['Yes', 'No']),
      AccelerationVector: Array.from({ length: 3 }, () => round(random() * 2 - 1, 9)).join(' '),
      FocusDistanceRange: `${round(random(), 2)} - ${round(1 + random() * 4, 2)} m`,
      ContentIdentifier: uuid(random).toUpperCase(),
      ImageCaptureType: pick(random, ['Scene', 'Photo', 'Portrait']),
      PhotosAppFeatureFlags: 0,
      HDRHeadroom: round(random() * 2, 8),
      SignalToNoiseRatio: round(random() * 60, 8),
      ColorTemperature: between(random, 2_800, 7_500),
      FocusPosition: between(random, 0, 255),
      Compression: 'JPEG (old-style)',
      ThumbnailOffset: between(random, 900, 3_200),
      ThumbnailLength: between(random, 5_000, 14_000),
      ProfileDescription: 'Display P3',
      ProfileCopyright: `Copyright ${camera.make}, 2022`,
      ImageWidth: camera.width,
      ImageHeight: camera.height,
      EncodingProcess: 'Baseline DCT, Huffman coding',
      BitsPerSample: 8,
      ColorComponents: 3,
      YCbCrSubSampling: 'YCbCr4:2:0 (2 2)',
      Megapixels: round((camera.width * camera.height) / 1e6, 1),
      ScaleFactor35efl: camera.crop,
      CircleOfConfusion: `${round(0.03 / camera.crop, 3)} mm`,
      FOV: `${round((2 * Math.atan(18 / (focal * camera.crop)) * 180) / Math.PI, 1)} deg`,
      HyperfocalDistance: `${round((focal * focal) / (aperture * (0.03 / camera.crop) * 1_000), 2)} m`,
      LightValue: round(random() * 15, 1),
    },
    place: {
      city: pick(random, CITIES),
      country: pick(random, ['PT', 'DE', 'AT', 'FR', 'IT', 'SE']),
    },
    options: {
      variants: VARIANTS.map(({ name }) => name),
      stripMetadata: true,
      quality: 82,
      faces: true,
    },
  };
}

/** The result of a job: what was made of a photo. */
export function photoResult(random: Random): Record<string, unknown> {
  const photoId = uuid(random);
  const camera = pick(random, CAMERAS);
  const startedAt = takenAt(random);
  return {
    photoId,
    status: 'done',
    startedAt: new Date(startedAt).toISOString(),
    finishedAt: new Date(startedAt + between(random, 400, 9_000)).toISOString(),
    pipelineVersion: '2024.11.3',
    original: {
      width: camera.width,
      height: camera.height,
      sha256: hex(random, 64),
      phash: hex(random, 16),
    },
    variants: VARIANTS.map(({ name, edge, format }) => ({
      name,
      format,
      width: edge,
      height: Math.round((edge * camera.height) / camera.width),
      bytes: between(random, edge * 12, edge * 130),
      quality: format === 'avif' ? 60 : 82,
      etag: hex(random, 32),
      key: `variants/${photoId}/${name}.${format}`,
      url: `https://img.photos.example.com/v/${photoId}/${name}.${format}`,
      cacheControl: 'public, max-age=31536000, immutable',
      encodeMs: round(random() * 900, 1),
    })),
    palette: Array.from({ length: 6 }, () => ({
      hex: `#${hex(random, 6)}`,
      share: round(random(), 4),
      name: pick(random, ['teal', 'sand', 'navy', 'rust', 'olive', 'ivory', 'slate', 'coral']),
    })),
    faces: Array.from({ length: between(random, 0, 4) }, () => ({
      faceId: uuid(random),
      box: {
        x: round(random(), 5),
        y: round(random(), 5),
        w: round(random() / 3, 5),
        h: round(random() / 3, 5),
      },
      confidence: round(0.6 + random() * 0.4, 4),
      landmarks: ['leftEye', 'rightEye', 'nose', 'mouthLeft', 'mouthRight'].map((type) => ({
        type,
        x: round(random(), 5),
        y: round(random(), 5),
      })),
      quality: { brightness: round(random() * 100, 2), sharpness: round(random() * 100, 2) },
    })),
    labels: Array.from({ length: 12 }, () => ({
      name: pick(random, LABELS),
      confidence: round(0.5 + random() / 2, 4),
      model: 'labels-v4',
      parents: pick(random, [[], ['nature'], ['people'], ['vehicle']]),
    })),
    histogram: {
      bins: 16,
      luminance: Array.from({ length: 16 }, () => between(random, 0, 99_999)),
    },
    moderation: {
      flagged: false,
      model: 'safe-v7',
      score: round(random() / 10, 5),
      categories: [],
    },
    normalised: {
      takenAt: new Date(startedAt - between(random, 1e6, 1e10)).toISOString(),
      latitude: round(36 + random() * 22, 6),
      longitude: round(-9 + random() * 30, 6),
      camera: `${camera.make} ${camera.model}`,
      lens: camera.lens,
      timeZone: 'Europe/Lisbon',
    },
    steps: ['fetch', 'decode', 'orient', 'resize', 'encode', 'faces', 'labels', 'store'].map(
      (step) => ({
        step,
        tookMs: round(random() * 1_500, 2),
        peakBytes: between(random, 1e6, 2e8),
        worker: `images-${between(random, 1, 24)}`,
        attempts: 1,
        warnings: [],
      }),
    ),
  };
}
