//! The settings of a store, and what they mean in terms of RocksDB.

use rocksdb::{BlockBasedOptions, Cache, DBCompressionType, DBRecoveryMode, DataBlockIndexType, LogLevel};

const MIB: usize = 1 << 20;
/// One memtable; four of them are all the memory that unsaved writes may take.
const WRITE_BUFFER: usize = 16 * MIB;
/// More than this is never replayed at start.
const WAL_BYTES: u64 = 64 * MIB as u64;
/// Bits per key of the filters: about one look-up in a hundred for an absent key reads a block in vain.
const FILTER_BITS: f64 = 10.0;

/// The settings of a store. The defaults suit a server with a gigabyte of memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Bytes of records, as they are sealed, that are kept for reading without RocksDB. Default 128 MiB.
    pub record_cache_bytes: usize,
    /// Bytes of blocks, indexes and filters that RocksDB keeps. Default 64 MiB.
    pub block_cache_bytes: usize,
    /// How many files may be open at a time. Default 512.
    pub open_files: u16,
    /// Writes are refused while fewer bytes than this are free on the disk, or than a tenth of a small disk. Default
    /// 64 MiB, so that all that is in memory can always be saved.
    pub reserve_bytes: u64,
    /// What to do with a log that ends in damage. Default [`Recovery::Strict`].
    pub recovery: Recovery,
}

/// What to do with a log that ends in damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// A last record that is cut off is dropped, since it was never acknowledged. Anything else is an error.
    Strict,
    /// The log counts up to the first damage, and acknowledged writes behind it are lost. For an operator to choose,
    /// who has no better copy.
    PointInTime,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            record_cache_bytes: 128 * MIB,
            block_cache_bytes: 64 * MIB,
            open_files: 512,
            reserve_bytes: 4 * WRITE_BUFFER as u64,
            recovery: Recovery::Strict,
        }
    }
}

impl Options {
    /// The options of the database and of all its column families.
    pub(crate) fn rocksdb(&self) -> rocksdb::Options {
        let mut options = rocksdb::Options::default();
        options.create_if_missing(true);
        options.create_missing_column_families(true);
        self.set_durability(&mut options);
        self.set_memory(&mut options);
        options.set_block_based_table_factory(&self.tables());
        // What is stored is sealed, and does not get smaller.
        options.set_compression_type(DBCompressionType::None);
        options.set_bottommost_compression_type(DBCompressionType::None);
        // Smooths the writing of new files, which would otherwise get in the way of flushes of the log.
        options.set_bytes_per_sync(MIB as u64);
        // The log of RocksDB holds no keys and no values; it is still kept small.
        options.set_log_level(LogLevel::Warn);
        options.set_max_log_file_size(MIB);
        options.set_keep_log_file_num(4);
        options.set_stats_dump_period_sec(0);
        options.set_stats_persist_period_sec(0);
        Self::set_start(&mut options);
        options
    }

    fn set_durability(&self, options: &mut rocksdb::Options) {
        options.set_paranoid_checks(true);
        // Finds logs that are missing or too short among those that are no longer written to.
        options.set_track_and_verify_wals_in_manifest(true);
        // The reasons are in docs/decisions/0010-log-recovery.md.
        options.set_wal_recovery_mode(match self.recovery {
            Recovery::Strict => DBRecoveryMode::TolerateCorruptedTailRecords,
            Recovery::PointInTime => DBRecoveryMode::PointInTime,
        });
        // Behind the end of a fresh file there are never records of an older log that could be taken for new ones.
        options.set_recycle_log_file_num(0);
        options.set_max_total_wal_size(WAL_BYTES);
    }

    fn set_memory(&self, options: &mut rocksdb::Options) {
        options.set_write_buffer_size(WRITE_BUFFER);
        options.set_db_write_buffer_size(4 * WRITE_BUFFER);
        options.set_max_write_buffer_number(4);
        options.set_max_open_files(i32::from(self.open_files));
        // Absent keys are common (new secrets, unknown tokens) and should not search the memtables.
        options.set_memtable_prefix_bloom_ratio(0.02);
        options.set_memtable_whole_key_filtering(true);
    }

    /// A store is to answer at once after its start, however much is in it.
    fn set_start(options: &mut rocksdb::Options) {
        // Otherwise a file per table and level is read for figures that compactions bring along anyway.
        options.set_skip_stats_update_on_db_open(true);
        // Each column family starts so many threads, which cost more than the few files they open.
        options.set_max_file_opening_threads(2);
    }

    fn tables(&self) -> BlockBasedOptions {
        let mut tables = BlockBasedOptions::default();
        // This cache is read without locks; zero lets it find out by itself how large entries are.
        tables.set_block_cache(&Cache::new_hyper_clock_cache(self.block_cache_bytes, 0));
        // Indexes and filters count too, or memory would grow with the store.
        tables.set_cache_index_and_filter_blocks(true);
        tables.set_cache_index_and_filter_blocks_with_high_priority(true);
        tables.set_pin_l0_filter_and_index_blocks_in_cache(true);
        tables.set_bloom_filter(FILTER_BITS, false);
        tables.set_whole_key_filtering(true);
        tables.set_optimize_filters_for_memory(true);
        tables.set_data_block_index_type(DataBlockIndexType::BinaryAndHash);
        tables
    }
}
