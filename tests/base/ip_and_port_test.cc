#include "base/ip_and_port.h"

#include "gtest/gtest.h"

namespace dialtone {
namespace {

TEST(IpAndPort, TakesAddressesOfBothFamilies) {
  const std::optional<IpAndPort> v4 = ParseIpAndPort("192.0.2.1:7443");
  ASSERT_TRUE(v4);
  EXPECT_EQ(v4->ip, "192.0.2.1");
  EXPECT_EQ(v4->port, 7443);
  EXPECT_FALSE(v4->is_v6);
  const std::optional<IpAndPort> v6 = ParseIpAndPort("[2001:db8::1]:0");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->ip, "2001:db8::1");
  EXPECT_EQ(v6->port, 0);
  EXPECT_TRUE(v6->is_v6);
}

TEST(IpAndPort, TakesNothingElse) {
  for (const char* text : {"",
                           ":",
                           ":80",
                           "80",
                           "192.0.2.1",
                           "192.0.2.1:",
                           "192.0.2.1:x",
                           "192.0.2.1:-1",
                           "192.0.2.1:+1",
                           "192.0.2.1: 1",
                           "192.0.2.1:65536",
                           "192.0.2.1:99999999999",
                           "192.0.2:80",
                           "192.0.2.256:80",
                           "localhost:80",
                           "2001:db8::1:80",
                           "[2001:db8::1]",
                           "[2001:db8::1]80",
                           "[192.0.2.1]:80",
                           "[2001:db8::1:80",
                           " 192.0.2.1:80",
                           "[::1]]:80",
                           "[fe80::1%eth0]:80"}) {
    EXPECT_FALSE(ParseIpAndPort(text)) << text;
  }
}

TEST(IpAndPort, KnowsLoopback) {
  EXPECT_TRUE(ParseIpAndPort("127.0.0.1:1")->loopback());
  EXPECT_TRUE(ParseIpAndPort("127.9.9.9:1")->loopback());
  EXPECT_TRUE(ParseIpAndPort("[::1]:1")->loopback());
  EXPECT_FALSE(ParseIpAndPort("0.0.0.0:1")->loopback());
  EXPECT_FALSE(ParseIpAndPort("[::]:1")->loopback());
  EXPECT_FALSE(ParseIpAndPort("128.0.0.1:1")->loopback());
}

}  // namespace
}  // namespace dialtone
