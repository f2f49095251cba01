// dialtone-agent as it is shipped: its flags, and its whole life against a detector's end of the
// stream, a SIP hub and a TCP witness, all on loopback.
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <grpcpp/grpcpp.h>

#include "tests/fakes/certificates.h"
#include "tests/fakes/report_service.h"
#include "tests/fakes/sip_answer.h"
#include "tests/fakes/tls_hub.h"
#include "tests/fakes/udp_hub.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/wait.h>

namespace dialtone::agents {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// A TCP port of loopback that nobody uses now.
int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  socklen_t length = sizeof(address);
  EXPECT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length), 0);
  close(fd);
  return ntohs(address.sin_port);
}

// The body of GET `path`.
std::string Get(int port, const std::string& path) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  const std::string request =
      absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(send(fd, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  std::string response;
  char buffer[4096];
  for (ssize_t got = 0; (got = recv(fd, buffer, sizeof(buffer), 0)) > 0;) {
    response.append(buffer, static_cast<size_t>(got));
  }
  close(fd);
  const size_t body = response.find("\r\n\r\n");
  return body == std::string::npos ? "" : response.substr(body + 4);
}

// Runs the program; its words on stderr.
class Program {
 public:
  explicit Program(const std::vector<std::string>& arguments) {
    int words[2];
    EXPECT_EQ(pipe(words), 0);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(words[1], STDERR_FILENO);
      close(words[0]);
      close(words[1]);
      std::vector<char*> argv = {const_cast<char*>(DIALTONE_AGENT)};
      for (const std::string& argument : arguments)
        argv.push_back(const_cast<char*>(argument.c_str()));
      argv.push_back(nullptr);
      execv(DIALTONE_AGENT, argv.data());
      _exit(127);
    }
    close(words[1]);
    words_ = words[0];
  }
  ~Program() {
    if (pid_ > 0) (void)Stop(SIGKILL);
    close(words_);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Its exit code, once it has ended by itself.
  int Wait() {
    char buffer[4096];
    for (ssize_t got = 0; (got = read(words_, buffer, sizeof(buffer))) > 0;) {
      said_.append(buffer, static_cast<size_t>(got));
    }
    int status = 0;
    EXPECT_EQ(waitpid(pid_, &status, 0), pid_);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  int Stop(int signal) {
    kill(pid_, signal);
    return Wait();
  }
  const std::string& said() const { return said_; }

 private:
  pid_t pid_ = -1;
  int words_ = -1;
  std::string said_;
};

class AgentProgramTest : public ::testing::Test {
 protected:
  static const Certificates& Ours() {
    static const Certificates certificates(
        "agent/lon detector/main detector/other detector/hub=dns:hub1.example");
    return certificates;
  }
  static std::string Files(const std::string& identity) {
    const TlsIdentity files = Ours().Of(identity);
    return absl::StrCat("{ certificate_file: \"", files.certificate_file, "\" private_key_file: \"",
                        files.private_key_file, "\" authority_file: \"", files.authority_file,
                        "\" }\n");
  }
  std::string Config(const std::string& more = "") {
    const std::string path = Ours().directory() + "/agent.textproto";
    std::ofstream(path) << "detectors { address: \"127.0.0.1:" << detector_.port()
                        << "\" identity: \"detector/main\" }\ntls " << Files("agent/lon")
                        << "tls_profiles { name: \"default\" fqdn: \"sbc.example\" tls "
                        << Files("agent/lon") << "}\n"
                        << more;
    return path;
  }
  static void AddTarget(const std::string& name, v1::ProbeKind kind, int port,
                        v1::FaultDomain domain, v1::ReportResponse* response) {
    v1::ProbeTarget& target = *response->mutable_plan()->add_targets();
    target.set_name(name);
    target.set_kind(kind);
    target.set_address("127.0.0.1");
    target.set_port(static_cast<uint32_t>(port));
    if (kind == v1::SIP_OPTIONS_TLS) target.set_server_name("hub1.example");
    target.mutable_interval()->set_nanos(100'000'000);
    target.mutable_timeout()->set_seconds(2);
    target.mutable_connect_timeout()->set_seconds(2);
    response->add_target_domains(domain);
  }

  FakeReportService detector_{0, Ours().Of("detector/main")};
};

TEST_F(AgentProgramTest, ChecksItsConfigurationAndOnlyThat) {
  const std::string config = Config();
  Program good({"--config", config, "--check-config"});
  EXPECT_EQ(good.Wait(), 0) << good.said();
  EXPECT_EQ(detector_.streams(), 0);

  Program bad({"--config", Config("no_such_field: 1\n"), "--check-config"});
  EXPECT_EQ(bad.Wait(), 2);
  EXPECT_THAT(bad.said(),
              AllOf(HasSubstr("agent.textproto:5:1: error:"), HasSubstr("no_such_field")));
  EXPECT_EQ(Program({}).Wait(), 2);
}

TEST_F(AgentProgramTest, TheExampleFitsTheSchema) {
  std::ifstream file(DIALTONE_SOURCE_DIR "/deploy/examples/agent.textproto");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::string ours = Ours().directory();
  text = absl::StrReplaceAll(text, {{"/etc/dialtone/certificates/sbc-lon", ours + "/agent-lon"},
                                    {"/etc/dialtone/certificates", ours},
                                    {"/etc/ssl/certs/ca-certificates.crt", ours + "/ca.pem"}});
  std::ofstream(ours + "/example.textproto") << text;
  Program program({"--config", ours + "/example.textproto", "--check-config"});
  EXPECT_EQ(program.Wait(), 0) << program.said();
}

TEST_F(AgentProgramTest, ProbesWhatTheDetectorAsksForAndStopsWhenTold) {
  const UdpHub pbx([](const std::string& request) { return SipAnswer(request, "200 OK"); });
  const TlsHub hub(Ours().Of("detector/hub"));
  v1::ReportResponse plan;
  plan.mutable_plan()->set_version(1);
  AddTarget("pbx1", v1::SIP_OPTIONS_UDP, pbx.port(), v1::VOICE_LAYER, &plan);
  AddTarget("hub1", v1::SIP_OPTIONS_TLS, hub.port(), v1::HUB, &plan);
  AddTarget("witness", v1::TCP_CONNECT, detector_.port(), v1::ISP_CORE, &plan);
  AddTarget("nobody", v1::TCP_CONNECT, FreePort(), v1::ISP_CORE, &plan);
  detector_.Say(plan);
  const int http = FreePort();
  Program agent({"--config", Config(absl::StrCat("http { address: \"127.0.0.1:", http, "\" }\n"))});

  std::set<std::string> answered;
  std::set<std::string> refused;
  EXPECT_TRUE(detector_.WaitUntil([&](const std::vector<v1::ReportRequest>& heard) {
    for (const v1::ReportRequest& request : heard) {
      for (const v1::ProbeResult& result : request.results()) {
        (result.outcome() == v1::ANSWERED ? answered : refused).insert(result.target());
      }
    }
    return answered.size() == 3 && refused.size() == 1;
  }));
  EXPECT_EQ(answered, (std::set<std::string>{"hub1", "pbx1", "witness"}));
  EXPECT_EQ(refused, (std::set<std::string>{"nobody"}));
  EXPECT_EQ(detector_.caller(), "agent/lon");

  const std::string metrics = Get(http, "/metrics");
  EXPECT_THAT(metrics,
              AllOf(HasSubstr("dialtone_agent_probe_healthy{domain=\"hub\""),
                    HasSubstr("dialtone_agent_detector_connected"),
                    HasSubstr("dialtone_build_info"), HasSubstr("process_resident_memory_bytes")));
  FILE* const promtool = popen("promtool check metrics", "w");
  ASSERT_NE(promtool, nullptr);
  EXPECT_EQ(fwrite(metrics.data(), 1, metrics.size(), promtool), metrics.size());
  EXPECT_EQ(pclose(promtool), 0) << metrics;
  EXPECT_EQ(Get(http, "/healthz"), "ok\n");

  EXPECT_EQ(agent.Stop(SIGTERM), 0);
  EXPECT_THAT(agent.said(),
              AllOf(HasSubstr("event=detector_connected"), HasSubstr("event=stopped")));
}

TEST_F(AgentProgramTest, TellsNothingToADetectorThatIsNotTheOneConfigured) {
  const FakeReportService other(0, Ours().Of("detector/other"));
  const std::string path = Ours().directory() + "/agent.textproto";
  std::ofstream(path) << "detectors { address: \"127.0.0.1:" << other.port()
                      << "\" identity: \"detector/main\" }\ntls " << Files("agent/lon")
                      << "detectors { address: \"127.0.0.1:" << detector_.port()
                      << "\" identity: \"detector/main\" }\n";
  Program agent({"--config", path});
  // By the time the right one has heard three batches, the other was tried twice and more.
  EXPECT_TRUE(detector_.WaitUntil([](const auto& heard) { return heard.size() >= 3; }));
  EXPECT_EQ(other.streams(), 0);
  EXPECT_EQ(agent.Stop(SIGINT), 0);
  EXPECT_THAT(agent.said(), HasSubstr("event=detector_lost"));
}

}  // namespace
}  // namespace dialtone::agents
