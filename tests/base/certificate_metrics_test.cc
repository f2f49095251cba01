#include "base/certificate_metrics.h"

#include <filesystem>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/metric_family.h"

#include "tests/fakes/certificates.h"

namespace dialtone {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(CertificateMetrics, ShowTheEndOfEveryKindThatHasFiles) {
  const Certificates ours("detector/main");
  const TlsIdentity files = ours.Of("detector/main");
  const CertificateMetrics metrics({{"grpc", files}, {"router", std::nullopt}});
  const auto families = metrics.Collect();
  ASSERT_THAT(families, SizeIs(1));
  EXPECT_EQ(families[0].name, "dialtone_certificate_not_after_timestamp_seconds");
  ASSERT_THAT(families[0].metric, SizeIs(1));
  EXPECT_EQ(families[0].metric[0].label[0].value, "grpc");
  EXPECT_EQ(absl::FromUnixSeconds(static_cast<int64_t>(families[0].metric[0].gauge.value)),
            ReadIdentity(files)->not_after);
}

TEST(CertificateMetrics, AFileThatIsGoneHasNoSeries) {
  const Certificates ours("detector/main");
  const TlsIdentity files = ours.Of("detector/main");
  const CertificateMetrics metrics({{"grpc", files}});
  std::filesystem::remove(files.certificate_file);
  EXPECT_THAT(metrics.Collect(), IsEmpty());
}

}  // namespace
}  // namespace dialtone
