// SPDX-License-Identifier: MIT
// The floor under `lab star N`: the same namespaces, devices, addresses and neighbours, by raw netlink from C.
// Prints the seconds until all is there, waits for a line, and ends; what it made goes with it.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST_ACQUAINTED 128
#define ROOM (1 << 16)

struct place {
	int ns, sock;
};

static char buffer[ROOM];
static size_t used;
static unsigned sequence;
static struct nlmsghdr *last;

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void *grow(size_t size)
{
	void *start = buffer + used;

	if (used + NLMSG_ALIGN(size) > ROOM)
		errx(1, "no room");
	memset(start, 0, NLMSG_ALIGN(size));
	used += NLMSG_ALIGN(size);
	return start;
}

static void *message(int type, int flags, size_t size)
{
	last = grow(NLMSG_HDRLEN);
	last->nlmsg_type = type;
	last->nlmsg_flags = flags | NLM_F_REQUEST;
	last->nlmsg_seq = ++sequence;
	return grow(size);
}

static struct rtattr *attribute(int type, const void *value, size_t size)
{
	struct rtattr *found = grow(RTA_LENGTH(size));

	found->rta_type = type;
	found->rta_len = RTA_LENGTH(size);
	if (size)
		memcpy(RTA_DATA(found), value, size);
	return found;
}

static void number(int type, unsigned value)
{
	attribute(type, &value, sizeof(value));
}

static void text(int type, const char *value)
{
	attribute(type, value, strlen(value) + 1);
}

static void close_attribute(struct rtattr *outer)
{
	outer->rta_len = buffer + used - (char *)outer;
}

static void close_message(void)
{
	last->nlmsg_len = buffer + used - (char *)last;
}

// Send what is in the buffer; the last is acknowledged.
static void ask(int sock)
{
	char answer[8192];

	last->nlmsg_flags |= NLM_F_ACK;
	if (send(sock, buffer, used, 0) < 0)
		err(1, "send");
	used = 0;
	for (;;) {
		ssize_t size = recv(sock, answer, sizeof(answer), 0);
		struct nlmsghdr *head = (struct nlmsghdr *)answer;

		if (size < 0)
			err(1, "recv");
		for (; NLMSG_OK(head, size); head = NLMSG_NEXT(head, size)) {
			struct nlmsgerr *verdict = NLMSG_DATA(head);

			if (head->nlmsg_type != NLMSG_ERROR)
				continue;
			if (verdict->error)
				errx(1, "refused: %s", strerror(-verdict->error));
			if (head->nlmsg_seq == sequence)
				return;
		}
	}
}

static struct place make_place(void)
{
	struct place made;
	int quiet;

	if (unshare(CLONE_NEWNET) < 0)
		err(1, "unshare");
	quiet = open("/proc/sys/net/ipv6/conf/default/addr_gen_mode", O_WRONLY | O_CLOEXEC);
	if (quiet >= 0) {
		if (write(quiet, "1", 1) < 0)
			warn("addr_gen_mode");
		close(quiet);
	}
	made.ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	made.sock = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (made.ns < 0 || made.sock < 0)
		err(1, "open");
	return made;
}

static void up(int index)
{
	struct ifinfomsg *link = message(RTM_NEWLINK, 0, sizeof(*link));

	link->ifi_index = index;
	link->ifi_flags = link->ifi_change = IFF_UP;
	close_message();
}

static void mac_of(int host, unsigned char *mac)
{
	unsigned char found[6] = {2, 0x4e, 0, 0, host >> 8, host};

	memcpy(mac, found, 6);
}

static in_addr_t address_of(int host)
{
	return htonl(0x0a000000 + host / 254 * 256 + host % 254 + 1);
}

static void bridge(int sock)
{
	unsigned char mac[6] = {0x22, 0x4e, 0, 0, 0, 0};
	struct ifinfomsg *link = message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(*link));
	struct rtattr *info;

	link->ifi_index = 2;
	link->ifi_flags = link->ifi_change = IFF_UP;
	text(IFLA_IFNAME, "br0");
	attribute(IFLA_ADDRESS, mac, 6);
	info = attribute(IFLA_LINKINFO, NULL, 0);
	text(IFLA_INFO_KIND, "bridge");
	close_attribute(info);
	close_message();
	ask(sock);
}

static void connect_host(int sock, int host, int ns)
{
	unsigned char mac[6];
	char name[IFNAMSIZ];
	struct ifinfomsg *link = message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(*link)), *far;
	struct rtattr *info, *data, *peer;

	mac_of(host, mac);
	snprintf(name, sizeof(name), "h%d", host + 1);
	link->ifi_index = 3 + host;
	link->ifi_flags = link->ifi_change = IFF_UP;
	text(IFLA_IFNAME, name);
	number(IFLA_MASTER, 2);
	number(IFLA_NUM_TX_QUEUES, 1);
	number(IFLA_NUM_RX_QUEUES, 1);
	info = attribute(IFLA_LINKINFO, NULL, 0);
	text(IFLA_INFO_KIND, "veth");
	data = attribute(IFLA_INFO_DATA, NULL, 0);
	peer = attribute(VETH_INFO_PEER, NULL, 0);
	far = grow(sizeof(*far));
	far->ifi_index = 2;
	text(IFLA_IFNAME, "eth0");
	number(IFLA_NET_NS_FD, ns);
	attribute(IFLA_ADDRESS, mac, 6);
	number(IFLA_NUM_TX_QUEUES, 1);
	number(IFLA_NUM_RX_QUEUES, 1);
	close_attribute(peer);
	close_attribute(data);
	close_attribute(info);
	close_message();
	ask(sock);
}

static void acquaint(int other)
{
	unsigned char mac[6];
	in_addr_t ip = address_of(other);
	struct ndmsg *entry = message(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, sizeof(*entry));

	mac_of(other, mac);
	entry->ndm_family = AF_INET;
	entry->ndm_ifindex = 2;
	entry->ndm_state = NUD_PERMANENT;
	attribute(NDA_DST, &ip, 4);
	attribute(NDA_LLADDR, mac, 6);
	close_message();
}

static void furnish(int sock, int host, int count)
{
	in_addr_t ip = address_of(host);
	struct ifaddrmsg *own;

	up(1);
	up(2);
	own = message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof(*own));
	own->ifa_family = AF_INET;
	own->ifa_prefixlen = 16;
	own->ifa_index = 2;
	attribute(IFA_LOCAL, &ip, 4);
	attribute(IFA_ADDRESS, &ip, 4);
	close_message();
	for (int other = 0; other < count && count <= MOST_ACQUAINTED; other++)
		if (other != host)
			acquaint(other);
	ask(sock);
}

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 100;
	struct rlimit files;
	struct place *hosts = calloc(count, sizeof(*hosts)), middle;
	double start;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	start = now();
	middle = make_place();
	for (int i = 0; i < count; i++)
		hosts[i] = make_place();
	bridge(middle.sock);
	for (int i = 0; i < count; i++)
		connect_host(middle.sock, i, hosts[i].ns);
	for (int i = 0; i < count; i++)
		furnish(hosts[i].sock, i, count);
	printf("%.9f\n", now() - start);
	fflush(stdout);
	getchar();
	return 0;
}
