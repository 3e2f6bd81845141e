/**
 * The functions a caller may use, an allow-list of what ClickHouse has: pure functions of their arguments. `*` marks names that
 * ClickHouse takes in any case. Left out: what reads files, tables, dictionaries, models, settings, hosts, ports, memory addresses
 * or other queries; what sleeps, throws on purpose, takes or makes states of aggregates; regular expressions by Hyperscan;
 * what is experimental. `engine.test.ts` holds the list against the engine.
 */
/** Arithmetic. */
const ARITHMETIC = `
  abs* avg2* divide divideDecimal divideOrNull gcd ifNotFinite intDiv intDivOrNull intDivOrZero isFinite isInfinite
  isNaN lcm max2* midpoint* min2* minus modulo moduloOrNull moduloOrZero multiply multiplyDecimal negate plus
  positiveModulo* positiveModuloOrNull* sqr*
`;

/** Arrays. `range`, `arrayWithConstant`, `arrayResize` make memory; the engine bounds it. */
const ARRAYS = `
  array arrayAll arrayAUCPR arrayAutocorrelation arrayAvg arrayBottomK arrayCompact arrayConcat arrayCount arrayCumSum
  arrayCumSumNonNegative arrayDifference arrayDistinct arrayDotProduct arrayElement arrayElementOrNull arrayEnumerate
  arrayEnumerateDense arrayEnumerateDenseRanked arrayEnumerateUniq arrayEnumerateUniqRanked arrayExcept arrayExists
  arrayFill arrayFilter arrayFirst arrayFirstIndex arrayFirstOrNull arrayFlatten arrayFold arrayIntersect
  arrayJaccardIndex arrayJoin arrayLast arrayLastIndex arrayLastOrNull arrayLevenshteinDistance
  arrayLevenshteinDistanceWeighted arrayMap arrayMax arrayMin arrayNormalizedGini arrayPartialReverseSort
  arrayPartialShuffle* arrayPartialSort arrayPopBack arrayPopFront arrayProduct arrayPushBack arrayPushFront
  arrayRandomSample arrayReduce arrayReduceInRanges arrayRemove arrayResize arrayReverse arrayReverseFill
  arrayReverseSort arrayReverseSplit arrayROCAUC arrayRotateLeft arrayRotateRight arrayShiftLeft arrayShiftRight
  arrayShuffle* arraySimilarity arraySlice arraySort arraySplit arraySum arraySymmetricDifference arrayTopK
  arrayTranspose arrayUnion arrayUniq arrayWithConstant arrayZip arrayZipUnaligned countEqual empty emptyArrayDate
  emptyArrayDateTime emptyArrayFloat32 emptyArrayFloat64 emptyArrayInt16 emptyArrayInt32 emptyArrayInt64 emptyArrayInt8
  emptyArrayString emptyArrayUInt16 emptyArrayUInt32 emptyArrayUInt64 emptyArrayUInt8 has hasAll hasAny hasSubstr
  indexOf indexOfAssumeSorted length* notEmpty range reverse*
`;

/** Bit. */
const BITS = `
  bitAnd bitCount bitHammingDistance bitNot bitOr bitRotateLeft bitRotateRight bitShiftLeft bitShiftRight bitSlice
  bitTest bitTestAll bitTestAny bitXor
`;

/** Comparison. */
const COMPARISONS = `
  equals greater greaterOrEquals in isDistinctFrom isNotDistinctFrom less lessOrEquals notEquals notIn
`;

/** Conditional. */
const CONDITIONS = `
  clamp greatest* if* least* multiIf
`;

/** Dates and Times. */
const DATES = `
  addDate* addDays addHours addInterval addMicroseconds addMilliseconds addMinutes addMonths addNanoseconds addQuarters
  addSeconds addTupleOfIntervals addWeeks addYears age* changeDay changeHour changeMinute changeMonth changeSecond
  changeYear dateDiff* dateName* dateTrunc formatDateTime formatDateTimeInJodaSyntax fromDaysSinceYearZero
  fromDaysSinceYearZero32 fromModifiedJulianDay fromModifiedJulianDayOrNull fromUnixTimestamp
  fromUnixTimestampInJodaSyntax fromUTCTimestamp localtime* makeDate* makeDate32* makeDateTime* makeDateTime64*
  monthName* now* now64* subDate* subtractDays subtractHours subtractInterval subtractMicroseconds subtractMilliseconds
  subtractMinutes subtractMonths subtractNanoseconds subtractQuarters subtractSeconds subtractTupleOfIntervals
  subtractWeeks subtractYears timeDiff* timeSlot timeSlots timestamp* timezoneOf timezoneOffset today* toDayOfMonth
  toDayOfWeek toDayOfYear toDaysInMonth toDaysSinceYearZero toHour toISOWeek toISOYear toLastDayOfMonth toLastDayOfWeek
  toMicrosecond toMillisecond toMinute toModifiedJulianDay toModifiedJulianDayOrNull toMonday toMonth
  toMonthNumSinceEpoch toNanosecond toQuarter toRelativeDayNum toRelativeHourNum toRelativeMinuteNum toRelativeMonthNum
  toRelativeQuarterNum toRelativeSecondNum toRelativeWeekNum toRelativeYearNum toSecond toStartOfDay
  toStartOfFifteenMinutes toStartOfFiveMinutes toStartOfHour toStartOfInterval toStartOfISOYear toStartOfMicrosecond
  toStartOfMillisecond toStartOfMinute toStartOfMonth toStartOfNanosecond toStartOfQuarter toStartOfSecond
  toStartOfTenMinutes toStartOfWeek toStartOfYear toTimeWithFixedDate toTimezone toUnixTimestamp toUTCTimestamp toWeek
  toYear toYearNumSinceEpoch toYearWeek toYYYYMM toYYYYMMDD toYYYYMMDDhhmmss UTCTimestamp* yesterday
  YYYYMMDDhhmmssToDateTime* YYYYMMDDhhmmssToDateTime64 YYYYMMDDToDate* YYYYMMDDToDate32*
`;

/** Distance. */
const DISTANCES = `
  cosineDistance L1Distance L1Norm L1Normalize L2Distance L2Norm L2Normalize L2SquaredDistance L2SquaredNorm
  LinfDistance LinfNorm LinfNormalize LpDistance LpNorm LpNormalize
`;

/** Encoding. */
const ENCODINGS = `
  bin* bitmaskToArray bitmaskToList bitPositionsToArray char* hex* hilbertDecode hilbertEncode mortonDecode mortonEncode
  sqidDecode sqidEncode unbin* unhex*
`;

/** Financial. */
const FINANCE = `
  financialInternalRateOfReturn financialInternalRateOfReturnExtended financialNetPresentValue
  financialNetPresentValueExtended
`;

/** Geo. */
const GEOGRAPHY = `
  geoDistance geohashDecode geohashEncode geoToH3 greatCircleAngle greatCircleDistance h3Distance h3GetResolution
  h3IsValid h3ToGeo h3ToParent h3ToString pointInEllipses pointInPolygon readWKT stringToH3 wkt
`;

/** Hash. */
const HASHES = `
  cityHash64 farmFingerprint64 farmHash64 gccMurmurHash halfMD5 hiveHash intHash32 intHash64 javaHash javaHashUTF16LE
  jumpConsistentHash kafkaMurmurHash keccak256 kostikConsistentHash MD4 MD5 metroHash64 murmurHash2_32 murmurHash2_64
  murmurHash3_128 murmurHash3_32 murmurHash3_64 RIPEMD160 SHA1 SHA224 SHA256 SHA384 SHA512 SHA512_256 sipHash128
  sipHash64 URLHash wyHash64 xxh3 xxh3_128 xxHash32 xxHash64 xxHash64Spark
`;

/** IP addresses. */
const ADDRESSES = `
  cutIPv6 IPv4CIDRToRange IPv4NumToString IPv4NumToStringClassC IPv4StringToNum IPv4StringToNumOrDefault
  IPv4StringToNumOrNull IPv4ToIPv6 IPv6CIDRToRange IPv6NumToString IPv6StringToNum IPv6StringToNumOrDefault
  IPv6StringToNumOrNull isIPAddressInRange isIPv4String isIPv6String toIPv4 toIPv4OrDefault toIPv4OrNull toIPv4OrZero
  toIPv6 toIPv6OrDefault toIPv6OrNull toIPv6OrZero
`;

/** JSON. */
const JSON_TEXTS = `
  isValidJSON JSON_EXISTS JSON_QUERY JSON_VALUE JSONArrayLength JSONExtract JSONExtractArrayRaw JSONExtractBool
  JSONExtractFloat JSONExtractInt JSONExtractKeys JSONExtractKeysAndValues JSONExtractKeysAndValuesRaw JSONExtractRaw
  JSONExtractString JSONExtractUInt JSONHas JSONKey JSONLength JSONMergePatch JSONType prettyPrintJSON
  simpleJSONExtractBool simpleJSONExtractFloat simpleJSONExtractInt simpleJSONExtractRaw simpleJSONExtractString
  simpleJSONExtractUInt simpleJSONHas toJSONString
`;

/** Logical. */
const LOGIC = `
  and not* or xor
`;

/** Map. */
const MAPS = `
  extractKeyValuePairs extractKeyValuePairsWithEscaping map mapAdd mapAll mapApply mapConcat mapContainsKey
  mapContainsKeyLike mapContainsValue mapContainsValueLike mapExists mapExtractKeyLike mapExtractValueLike mapFilter
  mapFromArrays mapKeys mapPartialReverseSort mapPartialSort mapPopulateSeries mapReverseSort mapSort mapSubtract
  mapUpdate mapValues
`;

/** Mathematical. */
const MATHEMATICS = `
  acos* acosh asin* asinh atan* atan2* atanh cbrt cos* cosh degrees* e erf erfc exp* exp10 exp2 hypot* intExp10 intExp2
  lgamma log* log10* log1p log2* pi* pow* proportionsZTest radians* sigmoid sign* sin* sinh sqrt* tan* tanh* tgamma
  widthBucket
`;

/** Null. */
const NULLS = `
  assumeNotNull coalesce* firstNonDefault* ifNull* isNotNull isNull* isNullable isZeroOrNull nullIf* toNullable
`;

/** Other. */
const OTHERS = `
  bar byteSize countDigits formatReadableDecimalSize formatReadableQuantity formatReadableSize
  formatReadableTimeDelta identity ignore MACNumToString MACStringToNum materialize
    parseReadableSize parseReadableSizeOrNull parseReadableSizeOrZero
  parseTimeDelta rowNumberInAllBlocks toTypeName transform visibleWidth
`;

/** What CASE becomes. */
const CASES = `
  caseWithExpression
`;

/** Random Number. */
const RANDOM = `
  rand* rand64 randBernoulli randBinomial randCanonical randChiSquared randConstant randExponential randFisherF
  randLogNormal randNegativeBinomial randNormal randPoisson randStudentT randUniform
`;

/** Rounding. */
const ROUNDING = `
  ceil* floor* round* roundAge roundBankers roundDown roundDuration roundToExp2 trunc*
`;

/** Text. `repeat`, `space`, `leftPad` and `rightPad` make memory; the engine bounds it. */
const STRINGS = `
  appendTrailingCharIfAbsent ascii* base32Decode base32Encode base58Decode base58Encode base64Decode base64Encode
  base64URLDecode base64URLEncode basename byteHammingDistance caseFoldUTF8 concat* concatWithSeparator
  concatWithSeparatorAssumeInjective conv CRC32* CRC32IEEE* CRC64* damerauLevenshteinDistance decodeHTMLComponent
  decodeXMLComponent editDistance editDistanceUTF8 encodeXMLComponent endsWith endsWithCaseInsensitive
  endsWithCaseInsensitiveUTF8 endsWithUTF8 extractTextFromHTML firstLine initcap* initcapUTF8 isValidASCII isValidUTF8
  jaroSimilarity jaroWinklerSimilarity left* leftPad leftPadUTF8 leftUTF8 lengthUTF8 lower* lowerUTF8 naturalSortKey
  normalizeUTF8NFC normalizeUTF8NFD normalizeUTF8NFKC normalizeUTF8NFKCCasefold normalizeUTF8NFKD regexpExtract
  regexpPosition removeDiacriticsUTF8 repeat* reverseUTF8 right* rightPad rightPadUTF8 rightUTF8 soundex* space*
  startsWith startsWithCaseInsensitive startsWithCaseInsensitiveUTF8 startsWithUTF8 stringBytesEntropy stringBytesUniq
  stringJaccardIndex stringJaccardIndexUTF8 substring* substringIndex substringIndexUTF8 substringUTF8 toValidUTF8
  trimBoth trimLeft trimRight tryBase32Decode tryBase58Decode tryBase64Decode tryBase64URLDecode upper* upperUTF8
`;

/** String Replacement. */
const REPLACEMENTS = `
  format overlay* overlayUTF8 printf regexpQuoteMeta replaceAll replaceOne replaceRegexpAll replaceRegexpOne translate
  translateUTF8
`;

/** String Search. */
const SEARCHES = `
  countMatches countMatchesCaseInsensitive countSubstrings* countSubstringsCaseInsensitive
  countSubstringsCaseInsensitiveUTF8 extract extractAll extractAllGroupsHorizontal extractGroups hasSubsequence*
  hasSubsequenceCaseInsensitive* hasSubsequenceCaseInsensitiveUTF8* hasSubsequenceUTF8* hasToken
  hasTokenCaseInsensitive* hasTokenCaseInsensitiveOrNull* hasTokenOrNull ilike like locate* match
  multiSearchAllPositions multiSearchAllPositionsCaseInsensitive multiSearchAllPositionsCaseInsensitiveUTF8
  multiSearchAllPositionsUTF8 multiSearchAny multiSearchAnyCaseInsensitive multiSearchAnyCaseInsensitiveUTF8
  multiSearchAnyUTF8 multiSearchFirstIndex multiSearchFirstIndexCaseInsensitive multiSearchFirstIndexCaseInsensitiveUTF8
  multiSearchFirstIndexUTF8 multiSearchFirstPosition multiSearchFirstPositionCaseInsensitive
  multiSearchFirstPositionCaseInsensitiveUTF8 multiSearchFirstPositionUTF8 ngramDistance ngramDistanceCaseInsensitive
  ngramDistanceCaseInsensitiveUTF8 ngramDistanceUTF8 ngramSearch ngramSearchCaseInsensitive
  ngramSearchCaseInsensitiveUTF8 ngramSearchUTF8 notILike notLike position* positionCaseInsensitive
  positionCaseInsensitiveUTF8 positionUTF8
`;

/** String Splitting. */
const SPLITTING = `
  alphaTokens arrayStringConcat extractAllGroupsVertical ngrams reverseBySeparator splitByChar splitByNonAlpha
  splitByRegexp splitByString splitByWhitespace
`;

/** Time Series. */
const SERIES = `
  seriesDecomposeSTL seriesOutliersDetectTukey
`;

/** Tuple. */
const TUPLES = `
  dotProduct flattenTuple tuple tupleConcat tupleDivide tupleDivideByNumber tupleElement tupleHammingDistance
  tupleIntDiv tupleIntDivByNumber tupleIntDivOrZero tupleIntDivOrZeroByNumber tupleMinus tupleModulo tupleModuloByNumber
  tupleMultiply tupleMultiplyByNumber tupleNames tupleNegate tuplePlus tuplePositiveModuloByNumber tupleToNameValuePairs
`;

/** Type Conversion. */
const CONVERSIONS = `
  accurateCast accurateCastOrDefault accurateCastOrNull DATE* fromUnixTimestamp64Micro fromUnixTimestamp64Milli
  fromUnixTimestamp64Nano fromUnixTimestamp64Second parseDateTime parseDateTime32BestEffort
  parseDateTime32BestEffortOrNull parseDateTime32BestEffortOrZero parseDateTime64 parseDateTime64BestEffort
  parseDateTime64BestEffortOrNull parseDateTime64BestEffortOrZero parseDateTime64BestEffortUS
  parseDateTime64BestEffortUSOrNull parseDateTime64BestEffortUSOrZero parseDateTime64InJodaSyntax
  parseDateTime64InJodaSyntaxOrNull parseDateTime64InJodaSyntaxOrZero parseDateTime64OrNull parseDateTime64OrZero
  parseDateTimeBestEffort parseDateTimeBestEffortOrNull parseDateTimeBestEffortOrZero parseDateTimeBestEffortUS
  parseDateTimeBestEffortUSOrNull parseDateTimeBestEffortUSOrZero parseDateTimeInJodaSyntax
  parseDateTimeInJodaSyntaxOrNull parseDateTimeInJodaSyntaxOrZero parseDateTimeOrNull parseDateTimeOrZero
  reinterpretAsDate reinterpretAsDateTime reinterpretAsFloat32 reinterpretAsFloat64 reinterpretAsInt128
  reinterpretAsInt16 reinterpretAsInt256 reinterpretAsInt32 reinterpretAsInt64 reinterpretAsInt8 reinterpretAsString
  reinterpretAsUInt128 reinterpretAsUInt16 reinterpretAsUInt256 reinterpretAsUInt32 reinterpretAsUInt64
  reinterpretAsUInt8 reinterpretAsUUID toBool toDate toDate32 toDate32OrDefault toDate32OrNull toDate32OrZero
  toDateOrDefault toDateOrNull toDateOrZero toDateTime toDateTime32 toDateTime64 toDateTime64OrDefault
  toDateTime64OrNull toDateTime64OrZero toDateTimeOrDefault toDateTimeOrNull toDateTimeOrZero toDecimal128
  toDecimal128OrDefault toDecimal128OrNull toDecimal128OrZero toDecimal256 toDecimal256OrDefault toDecimal256OrNull
  toDecimal256OrZero toDecimal32 toDecimal32OrDefault toDecimal32OrNull toDecimal32OrZero toDecimal64
  toDecimal64OrDefault toDecimal64OrNull toDecimal64OrZero toDecimalString* toFixedString toFloat32 toFloat32OrDefault
  toFloat32OrNull toFloat32OrZero toFloat64 toFloat64OrDefault toFloat64OrNull toFloat64OrZero toInt128
  toInt128OrDefault toInt128OrNull toInt128OrZero toInt16 toInt16OrDefault toInt16OrNull toInt16OrZero toInt256
  toInt256OrDefault toInt256OrNull toInt256OrZero toInt32 toInt32OrDefault toInt32OrNull toInt32OrZero toInt64
  toInt64OrDefault toInt64OrNull toInt64OrZero toInt8 toInt8OrDefault toInt8OrNull toInt8OrZero toInterval toIntervalDay
  toIntervalHour toIntervalMicrosecond toIntervalMillisecond toIntervalMinute toIntervalMonth toIntervalNanosecond
  toIntervalQuarter toIntervalSecond toIntervalWeek toIntervalYear toLowCardinality toString toStringCutToZero toTime
  toTime64 toTime64OrNull toTime64OrZero toTimeOrNull toTimeOrZero toUInt128 toUInt128OrDefault toUInt128OrNull
  toUInt128OrZero toUInt16 toUInt16OrDefault toUInt16OrNull toUInt16OrZero toUInt256 toUInt256OrDefault toUInt256OrNull
  toUInt256OrZero toUInt32 toUInt32OrDefault toUInt32OrNull toUInt32OrZero toUInt64 toUInt64OrDefault toUInt64OrNull
  toUInt64OrZero toUInt8 toUInt8OrDefault toUInt8OrNull toUInt8OrZero toUnixTimestamp64Micro toUnixTimestamp64Milli
  toUnixTimestamp64Nano toUnixTimestamp64Second toUUID toUUIDOrZero
`;

/** URL. */
const URLS = `
  cutFragment cutQueryString cutQueryStringAndFragment cutToFirstSignificantSubdomain
  cutToFirstSignificantSubdomainCustom cutToFirstSignificantSubdomainCustomRFC
  cutToFirstSignificantSubdomainCustomWithWWW cutToFirstSignificantSubdomainCustomWithWWWRFC
  cutToFirstSignificantSubdomainRFC cutToFirstSignificantSubdomainWithWWW cutToFirstSignificantSubdomainWithWWWRFC
  cutURLParameter cutWWW decodeURLComponent decodeURLFormComponent domain domainRFC domainWithoutWWW domainWithoutWWWRFC
  encodeURLComponent encodeURLFormComponent extractURLParameter extractURLParameterNames extractURLParameters
  firstSignificantSubdomain firstSignificantSubdomainCustom firstSignificantSubdomainCustomRFC
  firstSignificantSubdomainRFC fragment netloc path pathFull port portRFC protocol queryString queryStringAndFragment
  topLevelDomain topLevelDomainRFC URLHierarchy URLPathHierarchy
`;

/** UUID. */
const IDENTIFIERS = `
  dateTime64ToSnowflakeID dateTimeToSnowflakeID generateUUIDv4 generateUUIDv7 snowflakeIDToDateTime
  snowflakeIDToDateTime64 toUUIDOrDefault toUUIDOrNull UUIDNumToString UUIDStringToNum UUIDToNum UUIDv7ToDateTime
`;

/** Other names of the above. */
const ALIASES = `
  array_remove* array_to_string* arrayAUC arrayPRAUC byteSlice* CARDINALITY* caseWithoutExpr
  caseWithoutExpression ceiling* CHAR_LENGTH* CHARACTER_LENGTH* concat_ws* curdate* current_date* current_timestamp*
  date_bin* DATE_DIFF date_diff DATE_FORMAT* DATE_TRUNC* DAY* DAYOFMONTH* DAYOFWEEK* DAYOFYEAR* distanceCosine*
  distanceL1* distanceL2* distanceL2Squared* distanceLinf* distanceLp* extractAllGroups flatten* FORMAT_BYTES*
  FROM_BASE64* FROM_DAYS* FROM_UNIXTIME* from_utc_timestamp* HOUR* INET6_ATON* INET6_NTOA* INET_ATON* INET_NTOA* instr*
  isASCII JSON_ARRAY_LENGTH* jsonMergePatch LAST_DAY* lcase* levenshteinDistance levenshteinDistanceUTF8 ln*
  localtimestamp* lpad* ltrim MAP_FROM_ARRAYS mapContains mapFromString MICROSECOND* mid* MILLISECOND*
   MINUTE* mismatches mod* modOrNull* MONTH* NANOSECOND* NATURAL_SORT_KEY* normalizeL1*
  normalizeL2* normalizeLinf* normalizeLp* normL1* normL2* normL2Squared* normLinf* normLp* OCTET_LENGTH* pmod*
  pmodOrNull* positive_modulo* positive_modulo_or_null* power* QUARTER* rand32 readWkt REGEXP_EXTRACT* regexp_instr*
  REGEXP_MATCHES* REGEXP_REPLACE* REGEXP_SUBSTR* regexpInstr* removeAccentsUTF8 replace* rpad* rtrim scalarProduct*
  SECOND* splitByAlpha sqid str_to_date* str_to_map* substr* SUBSTRING_INDEX* time_bucket* TIMESTAMP_DIFF timestamp_diff
  timestampDiff timeZoneOf timeZoneOffset TO_BASE64* TO_DAYS* TO_UNIXTIME* to_utc_timestamp* toStartOfFiveMinute
  toTimeZone trim truncate* ucase* unnest* UTC_timestamp* vectorDifference* vectorSum* visitParamExtractBool
  visitParamExtractFloat visitParamExtractInt visitParamExtractRaw visitParamExtractString visitParamExtractUInt
  visitParamHas week* width_bucket* WKT yandexConsistentHash YEAR* yearweek*
`;

/** Aggregates; combinators come on top. */
const AGGREGATE_NAMES = `
  analysisOfVariance* anova* any any_respect_nulls any_value* any_value_respect_nulls* anyHeavy anyLast
  anyLast_respect_nulls anyLastRespectNulls anyRespectNulls anyValueRespectNulls approx_top_k* approx_top_sum* argAndMax
  argAndMin argMax argMin array_agg* avg* avgWeighted BIT_AND* BIT_OR* BIT_XOR* boundingRatio
  categoricalInformationValue contingency corr* corrMatrix corrStable count* COVAR_POP* COVAR_SAMP* covarPop
  covarPopMatrix covarPopStable covarSamp covarSampMatrix covarSampStable cramersV cramersVBiasCorrected deltaSum
  deltaSumTimestamp entropy exponentialMovingAverage first_value* first_value_respect_nulls* firstValueRespectNulls
  group_concat* groupArray groupArrayInsertAt groupArrayIntersect groupArrayLast groupArrayMovingAvg groupArrayMovingSum
  groupArraySample groupArraySorted groupBitAnd groupBitmap groupBitOr groupBitXor groupConcat groupUniqArray histogram
  intervalLengthSum kolmogorovSmirnovTest* kurtPop kurtSamp largestTriangleThreeBuckets last_value*
  last_value_respect_nulls* lastValueRespectNulls lttb mannWhitneyUTest max* max_by* maxIntersections
  maxIntersectionsPosition maxMappedArrays meanZTest median medianBFloat16 medianBFloat16Weighted medianDD
  medianDeterministic medianExact medianExactHigh medianExactLow medianExactWeighted medianExactWeightedInterpolated
  medianGK medianInterpolatedWeighted medianTDigest medianTDigestWeighted medianTiming medianTimingWeighted min* min_by*
  minMappedArrays quantile quantileBFloat16 quantileBFloat16Weighted quantileDD quantileDeterministic quantileExact
  quantileExactExclusive quantileExactHigh quantileExactInclusive quantileExactLow quantileExactWeighted
  quantileExactWeightedInterpolated quantileGK quantileInterpolatedWeighted quantilePrometheusHistogram quantiles
  quantilesBFloat16 quantilesBFloat16Weighted quantilesDD quantilesDeterministic quantilesExact quantilesExactExclusive
  quantilesExactHigh quantilesExactInclusive quantilesExactLow quantilesExactWeighted quantilesExactWeightedInterpolated
  quantilesGK quantilesInterpolatedWeighted quantilesPrometheusHistogram quantilesTDigest quantilesTDigestWeighted
  quantilesTiming quantilesTimingWeighted quantileTDigest quantileTDigestWeighted quantileTiming quantileTimingWeighted
  rankCorr retention sequenceCount sequenceMatch sequenceMatchEvents simpleLinearRegression singleValueOrNull skewPop
  skewSamp sparkBar sparkbar STD* STDDEV* STDDEV_POP* STDDEV_SAMP* stddevPop stddevPopStable stddevSamp stddevSampStable
  string_agg* studentTTest studentTTestOneSample sum* sumCount sumKahan sumMapFiltered sumMapFilteredWithOverflow
  sumMappedArrays sumMapWithOverflow sumWithOverflow theilsU topK topKWeighted uniq uniqCombined uniqCombined64
  uniqExact uniqHLL12 uniqUpTo VAR_POP* VAR_SAMP* varPop varPopStable varSamp varSampStable welchTTest windowFunnel
`;

/** Functions of windows only. */
const WINDOW_NAMES = `
  cume_dist dense_rank* denseRank exponentialTimeDecayedAvg exponentialTimeDecayedCount exponentialTimeDecayedMax
  exponentialTimeDecayedSum lag* lagInFrame lead* leadInFrame nonNegativeDerivative nth_value* ntile* percent_rank*
  percentRank rank* row_number*
`;

/** Names with `*`, split. */
const split = (...lists: string[]): string[] => lists.flatMap((list) => list.trim().split(/\s+/));

export const SCALARS: readonly string[] = split(
  ARITHMETIC,
  ARRAYS,
  BITS,
  COMPARISONS,
  CONDITIONS,
  DATES,
  DISTANCES,
  ENCODINGS,
  FINANCE,
  GEOGRAPHY,
  HASHES,
  ADDRESSES,
  JSON_TEXTS,
  LOGIC,
  MAPS,
  MATHEMATICS,
  NULLS,
  OTHERS,
  CASES,
  RANDOM,
  ROUNDING,
  STRINGS,
  REPLACEMENTS,
  SEARCHES,
  SPLITTING,
  SERIES,
  TUPLES,
  CONVERSIONS,
  URLS,
  IDENTIFIERS,
  ALIASES,
);
export const AGGREGATES: readonly string[] = split(AGGREGATE_NAMES);
export const WINDOWS: readonly string[] = split(WINDOW_NAMES);
