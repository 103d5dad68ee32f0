/**
 * What the role `analyst` may read, call and set, as allow-lists: what is not named here is refused, also when a newer
 * engine brings it. For the real server the same ceilings and settings are in infra/clickhouse/users.d/shelfcast.xml.
 */

const words = (text: string) => new Set(text.trim().split(/\s+/))
const lowerWords = (text: string) => words(text.toLowerCase())

const MIB = 1_048_576

/** Limits of one query. A query may lower them and never raise them; 0, which means none, is below each of them. */
export const CEILINGS = {
  /** Seconds. A report over two years of lines takes less. */
  max_execution_time: { least: 1, most: 300 },
  /** Bytes: several reports at once leave the loads their memory. Sorting and grouping go to disk at half of it. */
  max_memory_usage: { least: MIB, most: 512 * MIB },
  /** More rows go into a file of the lake's, not into a tool. */
  max_result_rows: { least: 1, most: 10_000_000 },
  /** Of the two cores that the smallest machines have. */
  max_threads: { least: 1, most: 2 },
} as const satisfies Record<string, { least: number; most: number }>

/** Queries that analysts may run at once: services always find a place, and more than half of the engine's memory. */
export const ANALYST_QUERIES = 4
/** How long a query of an analyst waits for a place, in seconds: a BI tool asks for all visuals of a page at once. */
export const ANALYST_WAIT_S = 30

/** What sorting and grouping of a query may write to disk, in bytes: the data shares that disk. */
export const TEMPORARY_DISK = 2_048 * MIB

/** Settings that a query may bring, in its text or in the URL. None of them opens a file, a host or a ceiling. */
export const SETTINGS = words(`
  ${Object.keys(CEILINGS).join(' ')}
  max_block_size max_bytes_to_read max_result_bytes max_rows_to_group_by max_rows_to_read max_rows_to_sort
  group_by_overflow_mode read_overflow_mode result_overflow_mode sort_overflow_mode timeout_overflow_mode
  aggregate_functions_null_for_empty cast_keep_nullable cast_string_to_dynamic_use_inference
  count_distinct_implementation enable_positional_arguments
  extremes final group_by_use_nulls iceberg_snapshot_id iceberg_timestamp_ms join_algorithm join_use_nulls
  limit max_bytes_in_join max_rows_in_join offset
  optimize_read_in_order prefer_column_name_to_alias session_timezone transform_null_in union_default_mode
  bool_false_representation bool_true_representation date_time_input_format date_time_output_format
  format_csv_delimiter format_csv_null_representation format_tsv_null_representation
  low_cardinality_allow_in_native_format
  output_format_arrow_compression_method output_format_arrow_low_cardinality_as_dictionary
  output_format_arrow_string_as_string output_format_binary_write_json_as_string
  output_format_csv_crlf_end_of_line output_format_decimal_trailing_zeros
  output_format_json_array_of_rows output_format_json_escape_forward_slashes
  output_format_json_named_tuples_as_objects output_format_json_quote_64bit_floats
  output_format_json_quote_64bit_integers output_format_json_quote_decimals output_format_json_quote_denormals
  output_format_native_encode_types_in_binary_format output_format_native_use_flattened_dynamic_and_json_serialization
  output_format_native_write_json_as_string output_format_parquet_compression_method
  output_format_parquet_row_group_size output_format_parquet_string_as_string output_format_pretty_color
  output_format_pretty_max_rows output_format_pretty_row_numbers output_format_tsv_crlf_end_of_line
  output_format_write_statistics
`)

/** The ad hoc filters of Grafana, in the text alone: conditions by table, which are judged like the query itself. */
export const FILTERS_SETTING = 'additional_table_filters'

/** Tables of `system` that describe the engine or the schema, and hold nothing of other users or of operations. */
export const SYSTEM_TABLES = words(`
  aggregate_function_combinators build_options collations columns completions contributors data_skipping_indices
  data_type_families databases dictionaries formats functions keywords licenses numbers numbers_mt one parts
  parts_columns settings table_engines table_functions tables time_zones zeros zeros_mt
`)

/** The other tables of `system`: the engine itself shows none of their rows to the role (configuration.ts). */
export const HIDDEN_SYSTEM_TABLES = words(`
  asynchronous_inserts asynchronous_loader azure_queue_metadata_cache azure_queue_settings background_schedule_pool
  backups certificates clusters codecs constraints current_roles dashboards data_skipping_index_types database_engines
  database_replicas detached_parts detached_tables dictionary_layouts dictionary_sources dimensional_metrics disk_types
  disks distributed_ddl_queue distribution_queue dns_cache documentation dropped_tables dropped_tables_parts
  enabled_roles errors events fail_points filesystem_cache filesystem_cache_settings grants graphite_retentions
  histogram_metrics hypothetical_indexes iceberg_files iceberg_history jemalloc_bins jemalloc_profile_text
  jemalloc_stats kafka_consumers macros masking_policies merge_tree_settings merges metrics models moves mutations
  named_collections part_moves_between_shards primes privileges processes projection_parts projection_parts_columns
  projections query_cache query_condition_cache quota_limits quota_usage quotas quotas_usage remote_data_paths replicas
  replicated_fetches replicated_merge_tree_settings replication_queue resources rocksdb role_grants roles row_policies
  s3_queue_settings s3queue_metadata_cache scheduler schema_inference_cache server_settings settings_changes
  settings_profile_elements settings_profiles stack_trace storage_policies symbols tokenizers unicode
  user_defined_functions user_directories user_processes users view_refreshes warnings workloads
`)

/** Table functions that only compute, in lower case; every other one reaches outside, or around the tables. */
export const TABLE_FUNCTIONS = lowerWords(
  'generate_series generateSeries generateRandom null numbers numbers_mt SQLStandardValues values view zeros zeros_mt',
)

/** Categories of system.functions whose functions only compute on their arguments. */
export const FUNCTION_CATEGORIES = new Set([
  'Arithmetic',
  'Arrays',
  'Bit',
  'Bitmap',
  'Comparison',
  'Conditional',
  'Dates and Times',
  'Distance',
  'Encoding',
  'Encryption',
  'Financial',
  'Geo',
  'Geo Polygon',
  'Hash',
  'IP Address',
  'JSON',
  'Logical',
  'Map',
  'Mathematical',
  'Null',
  'NumericIndexedVector',
  'QBit',
  'Random Number',
  'Rounding',
  'String',
  'String Replacement',
  'String Search',
  'String Splitting',
  'Time Series',
  'Time Window',
  'Tuple',
  'Type Conversion',
  'URL',
  'UUID',
])

/** Functions of mixed categories that only compute, or tell what every client may know of its own connection. */
export const FUNCTIONS = lowerWords(`
  bar byteSize caseWithExpression colorOKLABToSRGB colorOKLCHToSRGB colorSRGBToOKLAB colorSRGBToOKLCH connectionId
  countDigits currentDatabase currentProfiles currentQueryID currentRoles currentSchemas currentUser
  defaultValueOfArgumentType defaultValueOfTypeName digits displayName dumpColumnStructure errorCodeToName
  finalizeAggregation flipCoordinates formatQuery formatQueryOrNull formatQuerySingleLine formatQuerySingleLineOrNull
  formatReadableDecimalSize formatReadableQuantity formatReadableSize formatReadableTimeDelta getSetting
  getSettingOrDefault getSizeOfEnumType getSubcolumn globalVariable hostName identity ignore indexHint
  initializeAggregation initialQueryID initialQueryStartTime isConstant isDecimalOverflow lowCardinalityIndices
  lowCardinalityKeys MACNumToString MACStringToNum MACStringToOUI materialize minSampleSizeContinuous
  minSampleSizeConversion neighbor normalizedQueryHash normalizedQueryHashKeepNames normalizeQuery
  normalizeQueryKeepNames parseReadableSize parseReadableSizeOrNull parseReadableSizeOrZero parseTimeDelta queryID
  revision rowNumberInAllBlocks rowNumberInBlock runningAccumulate runningDifference
  runningDifferenceStartingWithFirstValue throwIf toColumnTypeName toTypeName transform uptime variantElement
  variantType version visibleWidth
`)

/** What the parser makes of syntax and of parameters. */
export const SYNTAX_FUNCTIONS = lowerWords('_CAST exists grouping lambda untuple')

/** Aggregates that tell of the server's own memory and code. */
export const REFUSED_AGGREGATES = lowerWords('flameGraph')
